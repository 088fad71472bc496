import { type ContactCommand, type ContactEvent, contactEvents } from '../../../schemas/contact/events.ts'
import type { Decider } from '../decider.ts'

export type ContactState = { status: 'none' } | { status: 'known'; id: string; workspaceId: string; visitorId: string }

/** A contact comes to be with the first conversation of its visitor; creating it again changes nothing. */
export const contact: Decider<ContactState, ContactCommand, ContactEvent> = {
  noun: 'contact',
  initial: { status: 'none' },
  types: contactEvents,
  decide(state, { type: _, ...data }) {
    return state.status === 'none' ? [{ type: 'ContactCreated', data }] : []
  },
  evolve(state, event, at) {
    if (state.status !== 'none') return state
    return { status: 'known', id: event.data.contactId, workspaceId: at.workspaceId, visitorId: event.data.visitorId }
  },
  done: () => undefined,
}
