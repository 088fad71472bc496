import Type from 'typebox'
import { exactly, Id } from '../fields.ts'
import { route } from '../route.ts'
import { CreateWidgetBody, Widget } from './events.ts'
import { PublicWidget, UpdateWidgetBody } from './resource.ts'

const tag = 'Widgets'
const byId = exactly({ id: Id })

/** Widgets (document A). Commands are served by command-api, reads by query-api. */
export const widgetRoutes = {
  list: route({
    service: 'query-api',
    method: 'GET',
    path: '/api/widgets',
    access: 'agent',
    scope: 'read',
    tag,
    summary: 'List widgets, the oldest first',
    answers: { 200: { description: 'all of them', schema: Type.Array(Widget) } },
    rejections: ['projection-behind'],
  }),
  get: route({
    service: 'query-api',
    method: 'GET',
    path: '/api/widgets/{id}',
    access: 'agent',
    scope: 'read',
    tag,
    summary: 'Get a widget',
    params: byId,
    answers: { 200: { description: 'the widget', schema: Widget } },
    rejections: ['not-found', 'projection-behind'],
  }),
  getPublic: route({
    service: 'query-api',
    method: 'GET',
    path: '/api/widgets/{id}/public',
    access: 'public',
    scope: 'read',
    tag,
    summary: 'Get what a widget needs to draw itself',
    description: `One that is inactive is not found. A page whose Origin is not among the allowed ones, where there are any: 403.`,
    params: byId,
    answers: { 200: { description: 'what visitors may know of the widget', schema: PublicWidget } },
    rejections: ['not-found', 'forbidden', 'projection-behind'],
  }),
  create: route({
    service: 'command-api',
    method: 'POST',
    path: '/api/widgets',
    access: 'admin',
    scope: 'manage',
    tag,
    summary: 'Create a widget',
    body: CreateWidgetBody,
    answers: { 201: { description: 'the widget', schema: Widget } },
    rejections: ['idempotency-key-reused'],
  }),
  adminCreate: route({
    service: 'command-api',
    method: 'POST',
    path: '/api/admin/widgets',
    access: 'admin',
    scope: 'manage',
    tag: 'Admin',
    summary: 'Create a widget',
    description: 'The same as `POST /api/widgets`, which takes every field too.',
    body: CreateWidgetBody,
    answers: { 201: { description: 'the widget', schema: Widget } },
    rejections: ['idempotency-key-reused'],
  }),
  update: route({
    service: 'command-api',
    method: 'PUT',
    path: '/api/widgets/{id}',
    access: 'admin',
    scope: 'manage',
    tag,
    summary: 'Change a widget',
    description:
      'Only what changes needs to be there. An inactive widget starts no conversations; those that it has go on.',
    params: byId,
    body: UpdateWidgetBody,
    answers: { 200: { description: 'the widget as it is now', schema: Widget } },
    rejections: ['not-found', 'conflict', 'idempotency-key-reused', 'precondition-failed'],
  }),
  remove: route({
    service: 'command-api',
    method: 'DELETE',
    path: '/api/widgets/{id}',
    access: 'admin',
    scope: 'manage',
    tag,
    summary: 'Delete a widget',
    description: 'It starts no more conversations; those that it has go on.',
    params: byId,
    answers: { 204: { description: 'it is gone' } },
    rejections: ['not-found', 'conflict', 'idempotency-key-reused', 'precondition-failed'],
  }),
}
