import Type from 'typebox'
import { exactly, Id, Time } from '../fields.ts'
import { pageQuery, route } from '../route.ts'
import {
  Contact,
  ContactConversations,
  ContactExport,
  ContactPage,
  ContactRecord,
  CreateContactBody,
  StaleContacts,
  UpdateContactBody,
} from './resource.ts'

const tag = 'Contacts'
const byId = exactly({ id: Id })
const cursor = Type.Optional(Type.String({ maxLength: 500, description: 'nextCursor of the page before' }))

/** Contacts (document D). */
export const contactRoutes = {
  list: route({
    service: 'query-api',
    method: 'GET',
    path: '/api/contacts',
    access: 'agent',
    scope: 'read',
    tag,
    summary: 'List contacts, the newest first',
    description:
      '`search` names words, of which each must begin a word of the name or the e-mail address, or the visitor id; case, accents and apostrophes do not matter. What looks like a telephone number is compared by its digits. `total` of a search counts no further than 1,000. `page` reaches the first 10,000 results, `cursor` all. Erased contacts are not listed.',
    query: exactly({ ...pageQuery(20), search: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })) }),
    answers: { 200: { description: 'a page', schema: ContactPage } },
    rejections: ['projection-behind'],
  }),
  get: route({
    service: 'query-api',
    method: 'GET',
    path: '/api/contacts/{id}',
    access: 'agent',
    scope: 'read',
    tag,
    summary: 'Get a contact',
    description: 'One that was erased is gone: 410.',
    params: byId,
    answers: { 200: { description: 'the contact', schema: Contact } },
    rejections: ['not-found', 'contact-erased', 'projection-behind'],
  }),
  create: route({
    service: 'command-api',
    method: 'POST',
    path: '/api/contacts',
    access: 'agent',
    scope: 'write',
    tag,
    summary: 'Create a contact',
    description:
      'At least one of name, e-mail address, telephone number and attributes. Several contacts may share an address. Attributes may have 32,768 bytes.',
    body: CreateContactBody,
    answers: { 201: { description: 'the new contact', schema: ContactRecord } },
    rejections: ['contact-erased', 'conflict', 'idempotency-key-reused'],
  }),
  update: route({
    service: 'command-api',
    method: 'PATCH',
    path: '/api/contacts/{id}',
    access: 'agent',
    scope: 'write',
    tag,
    summary: 'Change a contact',
    description:
      'Absent fields stay, null clears one. Attributes are merged with those that are there, one level deep; null removes one. Merged they may have 100 names and 32,768 bytes.',
    params: byId,
    body: UpdateContactBody,
    answers: { 200: { description: 'the contact as it is now', schema: ContactRecord } },
    rejections: ['not-found', 'contact-erased', 'conflict', 'idempotency-key-reused', 'precondition-failed'],
  }),
  erase: route({
    service: 'command-api',
    method: 'DELETE',
    path: '/api/contacts/{id}',
    access: 'admin',
    scope: 'manage',
    tag,
    summary: 'Erase a contact',
    description:
      "For ever: the key of the person's data is dropped, so that nobody can read what was said, noted, rated or uploaded, in the log or a copy of it; conversations stay as figures, their words read `[erased]`. 204 says that all of it is done. When a store is away, the erasure has begun all the same and is finished by itself; asking again does no harm.",
    params: byId,
    answers: { 204: { description: 'erased' } },
    rejections: ['not-found', 'conflict', 'projection-behind', 'idempotency-key-reused', 'precondition-failed'],
  }),
  export: route({
    service: 'query-api',
    method: 'GET',
    path: '/api/contacts/{id}/export',
    access: 'admin',
    scope: 'manage',
    tag,
    summary: 'Export all that is held on a person',
    description:
      'Read from the log: every conversation with its messages, notes, ratings, files and history. The answer is sent as it is read, however long it is; one that was cut off is no valid JSON.',
    params: byId,
    answers: { 200: { description: 'all of it', schema: ContactExport } },
    rejections: ['not-found', 'contact-erased', 'projection-behind'],
  }),
  conversations: route({
    service: 'query-api',
    method: 'GET',
    path: '/internal/contacts/{id}/conversations',
    access: 'system',
    tag: 'Internal',
    summary: 'List the conversations of a contact, erased or not',
    description: 'X-Wait-For waits for every projection, whatever it holds.',
    params: byId,
    query: exactly({ limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 500 })), cursor }),
    answers: { 200: { description: 'a page', schema: ContactConversations } },
    rejections: ['projection-behind'],
  }),
  finishErasure: route({
    service: 'command-api',
    method: 'POST',
    path: '/internal/contacts/{id}/erase',
    access: 'system',
    tag: 'Internal',
    summary: 'Erase a contact, or finish what an earlier try has left undone',
    description: 'May be asked any number of times. 204 says that all of it is done.',
    params: byId,
    answers: { 204: { description: 'erased' } },
    rejections: ['not-found', 'conflict', 'projection-behind'],
  }),
  stale: route({
    service: 'query-api',
    method: 'GET',
    path: '/internal/workspaces/{id}/stale-contacts',
    access: 'system',
    tag: 'Internal',
    summary: 'List contacts without any activity since a time, the oldest first',
    description:
      'A page may be short, or empty, although there are more: only `nextCursor: null` says that all have been looked at.',
    params: byId,
    query: exactly({
      before: Time,
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
      cursor,
    }),
    answers: { 200: { description: 'a page', schema: StaleContacts } },
    rejections: ['projection-behind'],
  }),
}
