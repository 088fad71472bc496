import {
  type ContactCommand,
  type ContactEvent,
  type ContactFacts,
  contactEvents,
} from '../../../schemas/contact/events.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import { changesOf } from '../changes.ts'
import type { Decider } from '../decider.ts'
import { type Done, remember } from '../done.ts'
import { merged } from './attributes.ts'
import { type Devices, register, withDevice, withoutDevice } from './devices.ts'

interface Facts {
  id: string
  workspaceId: string
  visitorId: string
  createdAt: string
  updatedAt: string
  done: Map<string, Done>
}

export type KnownContact = Facts & { status: 'known'; facts: ContactFacts; devices: Devices }
export type ContactState = { status: 'none' } | KnownContact | (Facts & { status: 'erased' })

/** A contact comes to be with the first conversation of its visitor, or by an agent; creating it again changes nothing. */
export const contact: Decider<ContactState, ContactCommand, ContactEvent> = {
  noun: 'contact',
  initial: { status: 'none' },
  types: contactEvents,
  decide(state, command) {
    if (command.type === 'CreateContact') {
      const { type: _, ...data } = command
      if (state.status === 'erased') throw erased()
      if (state.status === 'known') return []
      return [{ type: 'ContactCreated', data: { ...data, attributes: merged({}, data.attributes) } }]
    }
    if (state.status === 'none') throw new Rejection('not-found', 'There is no such contact.')
    if (command.type === 'EraseContact') {
      return state.status === 'erased' ? [] : [{ type: 'ContactErased', data: { contactId: state.id } }]
    }
    if (command.type === 'DropDevice') {
      if (state.status === 'erased' || !state.devices.has(command.deviceId)) return []
      const { deviceId, reason } = command
      return [{ type: 'DeviceDropped', data: { contactId: state.id, deviceId, reason } }]
    }
    if (state.status === 'erased') throw erased()
    if (command.type === 'RegisterDevice') return register(state, command)
    const { attributes, ...others } = command.changes
    const wanted =
      attributes === undefined ? others : { ...others, attributes: merged(state.facts.attributes, attributes) }
    const changes = changesOf(state.facts, wanted)
    return changes === undefined ? [] : [{ type: 'ContactUpdated', data: { contactId: state.id, ...changes } }]
  },
  evolve(state, event, at) {
    if (event.type === 'ContactCreated') {
      if (state.status !== 'none') return state
      const { contactId: id, visitorId, ...facts } = event.data
      const times = { createdAt: at.at, updatedAt: at.at }
      const known = { id, workspaceId: at.workspaceId, visitorId, ...times, done: remember(new Map(), at) }
      return { ...known, status: 'known', facts, devices: new Map() }
    }
    if (state.status === 'none') return state
    const known = { ...state, done: remember(state.done, at) }
    switch (event.type) {
      case 'ContactUpdated': {
        const { contactId: _, ...changes } = event.data
        const updated = { ...known, updatedAt: at.at }
        return updated.status === 'known' ? { ...updated, facts: { ...updated.facts, ...changes } } : updated
      }
      // Nothing of what one sees of the contact changes.
      case 'DeviceRegistered':
        return known.status === 'known' ? { ...known, devices: withDevice(known.devices, event.data) } : known
      case 'DeviceDropped':
        return known.status === 'known' ? { ...known, devices: withoutDevice(known.devices, event.data) } : known
      case 'ContactErased': {
        const { id, workspaceId, visitorId, createdAt, done } = known
        return { status: 'erased', id, workspaceId, visitorId, createdAt, updatedAt: at.at, done }
      }
      default:
        event satisfies never
        return state
    }
  },
  done: (state, commandId) => (state.status === 'none' ? undefined : state.done.get(commandId)),
}

function erased(): Rejection {
  return new Rejection('contact-erased', 'This contact has been erased.')
}
