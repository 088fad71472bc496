import type { ChannelCommand } from '../../../schemas/channel/commands.ts'
import { type ChannelEvent, type ChannelType, channelEvents } from '../../../schemas/channel/events.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import { changesOf } from '../changes.ts'
import type { Decider } from '../decider.ts'
import { type Done, remember } from '../done.ts'

interface Facts {
  id: string
  workspaceId: string
  channelType: ChannelType
  name: string
  active: boolean
  config: unknown
  siteKey: string | null
  embedTokenHash: string | null
  secrets: Readonly<Record<string, unknown>>
  createdAt: string
  done: Map<string, Done>
}

export type ActiveChannel = Facts & { status: 'there' }
export type ChannelState = { status: 'none' } | ActiveChannel | (Facts & { status: 'deleted' })

export const channel: Decider<ChannelState, ChannelCommand, ChannelEvent> = {
  noun: 'channel',
  initial: { status: 'none' },
  types: channelEvents,
  decide(state, command) {
    if (command.type === 'CreateChannel') {
      if (state.status !== 'none') throw new Rejection('already-exists', 'There is a channel with this id.')
      const { type: _, ...data } = command
      return [{ type: 'ChannelCreated', data: { ...data, secretNames: Object.keys(data.secrets).sort() } }]
    }
    if (state.status !== 'there') throw new Rejection('not-found', 'There is no such channel.')
    const channelId = state.id
    switch (command.type) {
      case 'UpdateChannel': {
        const { name, active, config, secrets } = state
        const changes = changesOf({ name, active, config, secrets }, command.changes)
        if (changes === undefined) return []
        const secretNames = changes.secrets === undefined ? {} : { secretNames: Object.keys(changes.secrets).sort() }
        return [{ type: 'ChannelUpdated', data: { channelId, ...changes, ...secretNames } }]
      }
      case 'RotateChannelKey': {
        const { siteKey, embedTokenHash } = command
        return [{ type: 'ChannelKeyRotated', data: { channelId, siteKey, embedTokenHash } }]
      }
      case 'DeleteChannel':
        return [{ type: 'ChannelDeleted', data: { channelId } }]
      default:
        return command satisfies never
    }
  },
  evolve(state, event, at) {
    if (event.type === 'ChannelCreated') {
      if (state.status !== 'none') return state
      const { channelId: id, secretNames: _, secrets, ...facts } = event.data
      const made = { id, workspaceId: at.workspaceId, createdAt: at.at, done: remember(new Map(), at) }
      return { status: 'there', ...made, ...facts, active: true, secrets: secretsOf(secrets) }
    }
    if (state.status === 'none') return state
    const known = { ...state, done: remember(state.done, at) }
    switch (event.type) {
      case 'ChannelUpdated': {
        const { channelId: _, secretNames: _n, secrets, ...changes } = event.data
        return { ...known, ...changes, ...(secrets === undefined ? {} : { secrets: secretsOf(secrets) }) }
      }
      case 'ChannelKeyRotated':
        return { ...known, siteKey: event.data.siteKey, embedTokenHash: event.data.embedTokenHash }
      case 'ChannelDeleted':
        return { ...known, status: 'deleted', secrets: {} }
      default:
        event satisfies never
        return state
    }
  },
  done: (state, commandId) => (state.status === 'none' ? undefined : state.done.get(commandId)),
}

/** Of a channel whose key is gone they cannot be read: null. */
function secretsOf(secrets: unknown): Readonly<Record<string, unknown>> {
  return typeof secrets === 'object' && secrets !== null ? { ...secrets } : {}
}
