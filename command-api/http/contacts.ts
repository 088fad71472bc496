import { type Binding, bind, type Reply } from '../../infra/runtime/http/binding.ts'
import { invalid } from '../../infra/runtime/http/problem.ts'
import type { ContactCommand, ContactFacts } from '../../schemas/contact/events.ts'
import type { ContactRecord } from '../../schemas/contact/resource.ts'
import { contactRoutes as routes } from '../../schemas/contact/routes.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { streamOf } from '../../schemas/streams.ts'
import { type ContactState, contact, type KnownContact } from '../domain/contact/contact.ts'
import type { Erase } from '../erasure.ts'
import type { Handle, Handled } from '../handle.ts'
import { ownWorkspace } from './access.ts'
import { type AnyRequest, actorOf, askingOf, contextOf, derivedId } from './asking.ts'
import { contactOfVisitor, demandContact } from './begin.ts'

type ContactRequest = AnyRequest & { params: { id: string }; ifMatch?: number; traceId: string }

/** The people whom a workspace knows (document D). */
export function contactBindings({ handle, erase }: { handle: Handle; erase: Erase }): Binding[] {
  const ask = async (contactId: string, command: ContactCommand, ...rest: DropThree<Parameters<Handle>>) => {
    const handled = await handle(contact, contactId, command, ...rest)
    // A repeat answers what was, and the contact may have been erased since.
    if (handled.events.length === 0) await demandContact(handle, contactId)
    return handled
  }

  const eraseFor = async (request: ContactRequest, workspaceId: string): Promise<Reply> => {
    const { params, caller, ifMatch, traceId } = request
    const asking = askingOf(request, streamOf('contact', params.id), 'erase')
    const context = contextOf(asking, request, { workspaceId, actor: actorOf(caller, '') })
    const derive = (part: string) => derivedId(asking.commandId, part)
    return { status: 204, ...(await erase(params.id, context, { derive, traceId, conditions: { ifMatch } })) }
  }

  return [
    bind(routes.create, async (request) => {
      const { body, caller } = request
      const facts = factsOf(body)
      const workspaceId = ownWorkspace(caller)
      const asking = askingOf(request, `${workspaceId}:contacts`, 'create')
      // As if a widget had met him: a site that is told the visitor id leads him to this contact.
      const visitorId = derivedId(asking.commandId, 'visitor')
      const contactId = contactOfVisitor(visitorId, workspaceId)
      const context = contextOf(asking, request, { workspaceId, actor: actorOf(caller, ''), key: contactId })
      return answerOf(201, await ask(contactId, { type: 'CreateContact', contactId, visitorId, ...facts }, context))
    }),

    bind(routes.update, async (request) => {
      const { body, caller, params, ifMatch } = request
      const { id } = params
      const workspaceId = ownWorkspace(caller)
      await knownFor(handle, id, workspaceId)
      const asking = askingOf(request, streamOf('contact', id), 'update')
      const context = contextOf(asking, request, { workspaceId, actor: actorOf(caller, ''), key: id })
      const command = { type: 'UpdateContact', changes: trimmed(body) } as const
      return answerOf(200, await ask(id, command, context, { ifMatch }))
    }),

    bind(routes.erase, async (request) => {
      const { workspaceId } = await knownFor(handle, request.params.id, ownWorkspace(request.caller))
      return eraseFor(request, workspaceId)
    }),

    bind(routes.finishErasure, async (request) => {
      const { caller, params } = request
      const own = caller.kind === 'system' ? caller.workspaceId : undefined
      const { workspaceId } = await knownFor(handle, params.id, own)
      return eraseFor(request, workspaceId)
    }),
  ]
}

type DropThree<T extends unknown[]> = T extends [unknown, unknown, unknown, ...infer Rest] ? Rest : never

/** The contact, erased or not, if it is one of the workspace, or of any where none is named. */
async function knownFor(
  handle: Handle,
  id: string,
  own: string | undefined,
): Promise<Exclude<ContactState, { status: 'none' }>> {
  const { state } = await handle.look(contact, id, Number.POSITIVE_INFINITY)
  if (state.status === 'none' || (own !== undefined && own !== state.workspaceId)) {
    throw new Rejection('not-found', 'There is no such contact.')
  }
  return state
}

type Given = { [Name in keyof ContactFacts]?: ContactFacts[Name] | undefined }

export function factsOf(body: Given): ContactFacts {
  const { name = null, email = null, phone = null, attributes } = trimmed(body)
  if (name === null && email === null && phone === null && attributes === undefined) {
    throw invalid([{ path: '', message: 'one of name, email, phone and attributes is required' }])
  }
  return { name, email, phone, attributes: attributes ?? {} }
}

function trimmed(body: Given): Partial<ContactFacts> {
  const given = Object.entries(body).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given.map(([field, value]) => [field, typeof value === 'string' ? value.trim() : value]))
}

function answerOf(status: number, { state, revision, position }: Handled<ContactState>): Reply {
  if (state.status !== 'known') throw new Error('The contact just written is not there')
  return { status, body: recordOf(state), revision, position }
}

function recordOf({ id, workspaceId, visitorId, facts, createdAt, updatedAt }: KnownContact): ContactRecord {
  return { id, workspaceId, ...facts, visitorId, createdAt, updatedAt, erasedAt: null }
}
