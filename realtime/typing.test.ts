import assert from 'node:assert/strict'
import { mock } from 'node:test'
import type { ServerFrame, Who } from '../schemas/realtime/frames.ts'
import { Presence } from './presence.ts'
import { Typing, typingMs } from './typing.ts'

const key = 'workspace/conversation:1'
const ann: Who = { kind: 'agent', id: 'ann' }
const vic: Who = { kind: 'visitor', id: 'vic' }

interface Told {
  kind: string
  state?: string
}

function stage() {
  const shown: { frame: ServerFrame; except: string | undefined }[] = []
  const told: Told[] = []
  const mention = (_key: string, frame: ServerFrame, { except }: { except?: string }) => shown.push({ frame, except })
  return { shown, told, signals: { tell: (signal: Told) => told.push(signal) }, mention }
}

describe('typing', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }))
  afterEach(() => mock.timers.reset())

  const open = () => {
    const { shown, told, signals, mention } = stage()
    const typing = new Typing(signals, (...args) => void mention(...args))
    const states = () => shown.flatMap(({ frame }) => (frame.type === 'typing' ? [frame.state] : []))
    return { typing, shown, told, states }
  }

  it('ends by itself after silence, and not while it is said again', () => {
    const { typing, states, shown } = open()
    typing.say(key, ann, 'started')
    mock.timers.tick(typingMs - 1)
    typing.say(key, ann, 'started')
    mock.timers.tick(typingMs - 1)
    assert.deepEqual(states(), ['started'])
    mock.timers.tick(1)
    assert.deepEqual(states(), ['started', 'stopped'])
    assert.deepEqual(shown[0], {
      frame: { type: 'typing', room: 'conversation:1', state: 'started', who: ann },
      except: 'agent:ann',
    })
  })

  it("ends with its sender's message, and with nobody else's", () => {
    const { typing, states } = open()
    typing.say(key, ann, 'started')
    typing.hear(key, vic, 'started')
    typing.messageCame(key, { type: 'agent', id: 'bob' })
    assert.deepEqual(states(), ['started', 'started'])
    typing.messageCame(key, { type: 'visitor', id: 'whatever the channel calls him' })
    typing.messageCame(key, { type: 'agent', id: 'ann' })
    assert.deepEqual(states(), ['started', 'started', 'stopped', 'stopped'])
  })

  it('tells the other instances what is said here, and nothing of what was not', () => {
    const { typing, told } = open()
    typing.say(key, ann, 'stopped')
    assert.deepEqual(told, [])
    typing.say(key, ann, 'started')
    typing.hear(key, vic, 'started')
    assert.deepEqual(
      told.map(({ kind, state }) => [kind, state]),
      [['typing', 'started']],
    )
  })
})

describe('presence', () => {
  const presenceMs = 45_000
  const open = () => {
    const { shown, told, signals, mention } = stage()
    let now = 0
    const presence = new Presence(
      signals,
      (...args) => void mention(...args),
      presenceMs,
      () => now,
    )
    const changes = () =>
      shown.flatMap(({ frame }) =>
        frame.type === 'presence' ? frame.changes.map(({ id, state }) => `${id} ${state}`) : [],
      )
    return { presence, told, changes, pass: (ms: number) => (now += ms) }
  }

  it('is one for all sockets of a person', () => {
    const { presence, changes, told } = open()
    presence.enter(key, ann)
    presence.enter(key, ann)
    presence.leave(key, ann)
    assert.deepEqual(changes(), ['ann online'])
    presence.leave(key, ann)
    assert.deepEqual(changes(), ['ann online', 'ann offline'])
    assert.deepEqual(
      told.map(({ kind }) => kind),
      ['ask', 'here', 'gone'],
    )
  })

  it('names all who are there to the one who comes', () => {
    const { presence } = open()
    presence.enter(key, ann)
    presence.hearHere(key, vic, 'other')
    const frame = presence.enter(key, { kind: 'agent', id: 'bob' })
    assert.deepEqual(frame.type === 'presence' && frame.changes.map(({ id }) => id), ['ann', 'vic', 'bob'])
  })

  it('forgets the people of an instance that is heard no more', () => {
    const { presence, changes, pass } = open()
    presence.enter(key, ann)
    presence.hearHere(key, vic, 'other')
    pass(presenceMs - 1)
    presence.beat()
    assert.deepEqual(changes(), ['ann online', 'vic online'])
    pass(1)
    presence.beat()
    assert.deepEqual(changes(), ['ann online', 'vic online', 'vic offline'])
  })

  it('takes somebody for gone only when no instance has him', () => {
    const { presence, changes } = open()
    presence.enter(key, ann)
    presence.hearHere(key, vic, 'one')
    presence.hearHere(key, vic, 'two')
    presence.hearGone(key, vic, 'one')
    assert.deepEqual(changes(), ['ann online', 'vic online'])
    presence.hearGone(key, vic, 'two')
    assert.deepEqual(changes(), ['ann online', 'vic online', 'vic offline'])
  })
})
