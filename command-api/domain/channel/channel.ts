import type { ChannelCommand } from '../../../schemas/channel/commands.ts'
import { configOf } from '../../../schemas/channel/config.ts'
import { type ChannelEvent, type ChannelType, channelEvents } from '../../../schemas/channel/events.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import { changesOf } from '../changes.ts'
import type { Decider } from '../decider.ts'
import { type Done, remember } from '../done.ts'
import { changedSetUp, newSetUp } from './set-up.ts'

interface Facts {
  id: string
  workspaceId: string
  channelType: ChannelType
  name: string
  active: boolean
  config: Readonly<Record<string, unknown>>
  siteKey: string | null
  embedTokenHash: string | null
  secrets: Readonly<Record<string, string>>
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
      const { channelId, channelType, name, siteKey, embedTokenHash } = command
      const { config, secrets } = newSetUp(channelType, command)
      const made = { channelId, channelType, name, config, siteKey, embedTokenHash, secrets }
      return [{ type: 'ChannelCreated', data: { ...made, secretNames: Object.keys(secrets).sort() } }]
    }
    if (state.status !== 'there') throw new Rejection('not-found', 'There is no such channel.')
    const channelId = state.id
    switch (command.type) {
      case 'UpdateChannel': {
        const { name, active, config, secrets } = state
        const wanted = { ...command.changes, ...changedSetUp(state, command) }
        const changes = changesOf({ name, active, config, secrets }, wanted)
        if (changes === undefined) return []
        const secretNames = changes.secrets === undefined ? {} : { secretNames: Object.keys(changes.secrets).sort() }
        return [{ type: 'ChannelUpdated', data: { channelId, ...changes, ...secretNames } }]
      }
      case 'RotateChannelKey': {
        if (state.siteKey === null && state.embedTokenHash === null) {
          throw new Rejection('conflict', `A channel of type ${state.channelType} has no key.`)
        }
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
      const { channelId: id, secretNames: _, secrets, config, ...facts } = event.data
      const made = { id, workspaceId: at.workspaceId, createdAt: at.at, done: remember(new Map(), at) }
      const setUp = { config: configOf(facts.channelType, config), secrets: secretsOf(secrets) }
      return { status: 'there', ...made, ...facts, ...setUp, active: true }
    }
    if (state.status === 'none') return state
    const known = { ...state, done: remember(state.done, at) }
    switch (event.type) {
      case 'ChannelUpdated': {
        const { name = known.name, active = known.active, config, secrets } = event.data
        return {
          ...known,
          name,
          active,
          config: config === undefined ? known.config : configOf(known.channelType, config),
          secrets: secrets === undefined ? known.secrets : secretsOf(secrets),
        }
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
function secretsOf(secrets: unknown): Readonly<Record<string, string>> {
  if (typeof secrets !== 'object' || secrets === null) return {}
  return Object.fromEntries(
    Object.entries(secrets).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}
