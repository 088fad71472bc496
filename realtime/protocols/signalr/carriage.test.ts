import assert from 'node:assert/strict'
import { Carriage } from './carriage.ts'
import type { Carrier } from './carrier.ts'
import type { Closing } from './closings.ts'
import { eventPacket, ping } from './packet.ts'

class Recorded implements Carrier {
  readonly isWatched = true
  readonly takesPings = true
  readonly buffered = 0
  readonly sent: string[] = []
  ended: Closing | undefined
  send({ text }: { text: string }): void {
    const { target, sequenceId } = JSON.parse(text.slice(0, -1))
    this.sent.push(target ?? (sequenceId === undefined ? 'ping' : `from ${sequenceId}`))
  }
  drained = () => undefined
  confirm = () => undefined
  end(closing: Closing): void {
    this.ended = closing
  }
}

describe('what carries a connection of the hub', () => {
  const limits = { bound: 10_000, stallMs: 1000, clientTimeoutMs: 1000 }
  let reason: string | undefined
  let carriage: Carriage
  let first: Recorded
  let next: Recorded

  function begin(speaksFirst = true): void {
    reason = undefined
    const onOver = (closing: Closing) => {
      reason = closing.reason
      carriage.end(closing, undefined)
    }
    carriage = new Carriage({ limits, arrival: { mayResume: true, speaksFirst }, onSlow: () => undefined, onOver })
    first = new Recorded()
    next = new Recorded()
    carriage.begin(first)
    carriage.shaken(true)
  }
  const tell = (target: string) => carriage.send(eventPacket(target, {}))
  const went = () => begin() ?? carriage.takes({ kind: 'ping' })
  afterEach(() => carriage.end({ reason: 'done', code: 1000, meaning: '', allowReconnect: false }, undefined))

  it('tells one who counts from his first words on nothing before them, and others at once', () => {
    begin()
    tell('one')
    assert.deepEqual(first.sent, [])
    assert.equal(carriage.handed, undefined)
    assert.equal(carriage.takes({ kind: 'ping' }), true)
    tell('two')
    assert.deepEqual(first.sent, ['one', 'two'])
    begin(false)
    tell('one')
    assert.deepEqual(first.sent, ['one'])
  })

  it('tells nothing by the next WebSocket before the client says where he begins, then what he has not acknowledged', () => {
    went()
    tell('one')
    tell('two')
    carriage.takes({ kind: 'ack', sequenceId: 1 })
    carriage.lost(first, false)
    carriage.send(ping)
    carriage.resume(next)
    tell('three')
    assert.deepEqual(next.sent, [])
    carriage.takes({ kind: 'sequence', sequenceId: 1 })
    assert.deepEqual(next.sent, ['from 2', 'two', 'three'])
    assert.equal(reason, undefined)
  })

  it('goes on only when the WebSocket before, which may still be read, has ended', () => {
    went()
    tell('one')
    carriage.resume(next)
    carriage.takes({ kind: 'sequence', sequenceId: 1 })
    assert.equal(first.ended?.reason, 'replaced')
    assert.deepEqual(next.sent, [])
    carriage.lost(first, false)
    assert.deepEqual(next.sent, ['from 1', 'one'])
  })

  it('is over when its client closes the WebSocket, also when that is heard after he has asked for the next', () => {
    went()
    carriage.lost(first, true)
    assert.equal(reason, 'gone')
    went()
    carriage.resume(next)
    carriage.lost(first, true)
    assert.equal(reason, 'left-behind')
    assert.equal(next.ended?.reason, 'left-behind')
  })

  it('is left behind by one who is cut off before he says where he begins', () => {
    went()
    carriage.lost(first, false)
    carriage.resume(next)
    carriage.lost(next, false)
    assert.equal(reason, 'left-behind')
  })
})
