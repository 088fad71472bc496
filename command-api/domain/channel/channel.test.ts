import assert from 'node:assert/strict'
import type { ChannelCommand } from '../../../schemas/channel/commands.ts'
import { configDefaults } from '../../../schemas/channel/config.ts'
import type { ChannelEvent } from '../../../schemas/channel/events.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import { given, stateOf } from '../../testing/given.ts'
import { channel } from './channel.ts'

type Of<Type extends ChannelEvent['type']> = Extract<ChannelEvent, { type: Type }>
type Asked<Type extends ChannelCommand['type']> = Extract<ChannelCommand, { type: Type }>

const channelId = '10000000-0000-4000-8000-000000000009'
const candidate = 'a-secret-made-at-the-door'
const secret = 'a-secret-of-their-own'

const create: Asked<'CreateChannel'> = {
  type: 'CreateChannel',
  channelId,
  channelType: 'webchat',
  name: 'Shop',
  config: { title: 'Talk to us' },
  siteKey: null,
  embedTokenHash: 'hash',
  secrets: {},
  identitySecret: candidate,
}
const created: Of<'ChannelCreated'> = {
  type: 'ChannelCreated',
  data: {
    channelId,
    channelType: 'webchat',
    name: 'Shop',
    config: { ...configDefaults.webchat, title: 'Talk to us' },
    siteKey: null,
    embedTokenHash: 'hash',
    secrets: {},
    secretNames: [],
  },
}
const deleted: Of<'ChannelDeleted'> = { type: 'ChannelDeleted', data: { channelId } }
const update = (changes: Asked<'UpdateChannel'>['changes']): Asked<'UpdateChannel'> => ({
  type: 'UpdateChannel',
  changes,
  identitySecret: candidate,
})
const verifying: Of<'ChannelUpdated'> = {
  type: 'ChannelUpdated',
  data: {
    channelId,
    config: { ...configDefaults.webchat, title: 'Talk to us', identityVerification: 'required' },
    secrets: { identitySecret: secret },
    secretNames: ['identitySecret'],
  },
}

/** The paths of what a command is refused for. */
function pathsOf(command: ChannelCommand, ...past: ChannelEvent[]): string[] {
  try {
    channel.decide(stateOf(channel, past), command)
  } catch (error) {
    assert.ok(error instanceof Rejection && error.code === 'validation', String(error))
    return error.errors.map(({ path }) => path)
  }
  return []
}

describe('a channel', () => {
  it('is made with what its type is set to where nothing else is said', () => {
    given(channel).when(create).yields(created)
  })

  it('is made with a secret to verify identities by where it demands them, and keeps one that was given', () => {
    const config = { identityVerification: 'required' }
    const made = (secrets: Record<string, string>) => {
      const [event] = channel.decide(stateOf(channel, []), { ...create, config, secrets })
      return event?.type === 'ChannelCreated' ? [event.data.secrets, event.data.secretNames] : []
    }
    assert.deepEqual(made({}), [{ identitySecret: candidate }, ['identitySecret']])
    assert.deepEqual(made({ identitySecret: secret }), [{ identitySecret: secret }, ['identitySecret']])
  })

  it('changes only what is said, within its configuration too', () => {
    given(channel, created)
      .when(update({ active: false, config: { autoAssign: true } }))
      .yields({
        type: 'ChannelUpdated',
        data: {
          channelId,
          active: false,
          config: { ...configDefaults.webchat, title: 'Talk to us', autoAssign: true },
        },
      })
    given(channel, created)
      .when(update({ name: 'Shop', active: true, config: { title: 'Talk to us' }, secrets: {} }))
      .yields()
  })

  it('gets a new secret where the one that it needs is removed, and loses one that it does not need', () => {
    given(channel, created, verifying)
      .when(update({ secrets: { identitySecret: null } }))
      .yields({
        type: 'ChannelUpdated',
        data: { channelId, secrets: { identitySecret: candidate }, secretNames: ['identitySecret'] },
      })
    given(channel, created, verifying)
      .when(update({ config: { identityVerification: 'off' }, secrets: { identitySecret: null } }))
      .yields({
        type: 'ChannelUpdated',
        data: { channelId, config: created.data.config, secrets: {}, secretNames: [] },
      })
  })

  it('refuses what does not fit its type, and says where', () => {
    assert.deepEqual(pathsOf(update({ config: { greeting: 7 } }), created), ['/config/greeting'])
    assert.deepEqual(pathsOf(update({ config: { autoReply: 'only sites have one' } }), created), ['/config/autoReply'])
    assert.deepEqual(pathsOf(update({ secrets: { accessToken: 'x'.repeat(20) } }), created), ['/secrets/accessToken'])
    assert.deepEqual(pathsOf({ ...create, channelType: 'whatsapp', config: {} }), [
      '/config/phoneNumberId',
      '/config/businessAccountId',
    ])
  })

  it('gets a new key for its old one, where it has one', () => {
    const rotate = { type: 'RotateChannelKey', siteKey: null, embedTokenHash: 'another' } as const
    given(channel, created)
      .when(rotate)
      .yields({ type: 'ChannelKeyRotated', data: { channelId, siteKey: null, embedTokenHash: 'another' } })
    const keyless = { ...created, data: { ...created.data, channelType: 'api' as const, embedTokenHash: null } }
    given(channel, keyless).when(rotate).refused('conflict')
  })

  it('is gone for ever once deleted, and its secrets with it', () => {
    given(channel, created).when({ type: 'DeleteChannel' }).yields(deleted)
    given(channel, created, deleted).when({ type: 'DeleteChannel' }).refused('not-found')
    given(channel, created, deleted)
      .when(update({ active: true }))
      .refused('not-found')
    given(channel, created, deleted).when(create).refused('already-exists')
    given(channel).when(update({})).refused('not-found')
    const state = stateOf(channel, [created, verifying, deleted])
    assert.deepEqual(state.status === 'deleted' && state.secrets, {})
  })

  it('has no secrets where they cannot be read any more', () => {
    const state = stateOf(channel, [
      { ...created, data: { ...created.data, secrets: null, secretNames: ['appSecret'] } },
    ])
    assert.deepEqual(state.status === 'there' && state.secrets, {})
  })
})
