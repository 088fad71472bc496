import Type from 'typebox'
import { exactly, Id, pageOf } from '../fields.ts'
import { pageQuery, route } from '../route.ts'
import { CreateTemplateBody, InternalTemplate, Template, TemplateUses, UpdateTemplateBody } from './resource.ts'

const tag = 'Message templates'
const byId = exactly({ id: Id })
const path = '/chat-flow/templates/{id}/'
const texts =
  'The body may hold `{{contact.name}}`, `{{contact.attributes.plan}}`, `{{conversation.channel}}`, `{{reply}}`, `{{workspace.name}}` and, by a bare name, variables of the run; `{{contact.name | there}}` says what stands there where there is none.'

const change = {
  service: 'command-api',
  path,
  access: 'admin',
  scope: 'manage',
  tag,
  summary: 'Change a message template',
  description: `Only what changes needs to be there. Runs that come to it send it as it is then, so that a body with a variable that the active version of a flow sends, and nothing in it sets, is refused. ${texts}`,
  params: byId,
  body: UpdateTemplateBody,
  answers: { 200: { description: 'the template as it is now', schema: Template } },
  rejections: ['not-found', 'conflict', 'idempotency-key-reused', 'precondition-failed'],
} as const

/** Message templates (document E). */
export const templateRoutes = {
  list: route({
    service: 'query-api',
    method: 'GET',
    path: '/chat-flow/templates/',
    access: 'agent',
    scope: 'read',
    tag,
    summary: 'List message templates, the oldest first',
    query: exactly(pageQuery(20)),
    answers: { 200: { description: 'a page of them', schema: pageOf(Template) } },
    rejections: ['projection-behind'],
  }),
  get: route({
    service: 'query-api',
    method: 'GET',
    path,
    access: 'agent',
    scope: 'read',
    tag,
    summary: 'Get a message template',
    params: byId,
    answers: { 200: { description: 'the template', schema: Template } },
    rejections: ['not-found', 'projection-behind'],
  }),
  create: route({
    service: 'command-api',
    method: 'POST',
    path: '/chat-flow/templates/',
    access: 'admin',
    scope: 'manage',
    tag,
    summary: 'Create a message template',
    description: texts,
    body: CreateTemplateBody,
    answers: { 201: { description: 'the template', schema: Template } },
    rejections: ['idempotency-key-reused'],
  }),
  update: route({ ...change, method: 'PUT' }),
  patch: route({ ...change, method: 'PATCH' }),
  remove: route({
    service: 'command-api',
    method: 'DELETE',
    path,
    access: 'admin',
    scope: 'manage',
    tag,
    summary: 'Delete a message template',
    description: 'While the draft or the active version of a flow sends it: 409, naming the flows.',
    params: byId,
    answers: { 204: { description: 'it is gone' } },
    rejections: ['not-found', 'conflict', 'template-in-use', 'idempotency-key-reused', 'precondition-failed'],
  }),
  internal: route({
    service: 'command-api',
    method: 'GET',
    path: '/internal/templates/{id}',
    access: 'system',
    tag: 'Internal',
    summary: 'A message template as the log has it, also one that is deleted',
    params: byId,
    answers: { 200: { description: 'the template', schema: InternalTemplate } },
    rejections: ['not-found'],
  }),
  uses: route({
    service: 'query-api',
    method: 'GET',
    path: '/internal/workspaces/{id}/template-uses/{templateId}',
    access: 'system',
    tag: 'Internal',
    summary: 'Which flows send a message template',
    params: exactly({ id: Id, templateId: Id }),
    query: exactly({
      active: Type.Optional(Type.Boolean({ description: 'true: only those whose active version sends it' })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 5 })),
    }),
    answers: { 200: { description: 'some of them', schema: TemplateUses } },
    rejections: ['projection-behind'],
  }),
}
