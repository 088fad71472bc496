import assert from 'node:assert/strict'
import type { ClientMessage } from './client-message.ts'
import { eventPacket, type Packet, ping } from './packet.ts'
import { Malformed } from './records.ts'
import { Sequence } from './sequence.ts'

describe('what outlives a WebSocket of the hub', () => {
  const call: ClientMessage = { kind: 'invocation', target: 'TypingStart', arguments: [], takesStreams: false }
  const from = (sequenceId: number) => ({ kind: 'sequence', sequenceId }) as const
  const packets = [1, 2, 3, 4].map((content) => eventPacket('ReceiveMessage', { content }))
  const texts = (list: readonly Packet[]) => list.map(({ text }) => text)

  it('is sent again from the first that was not acknowledged, with its number before it; pings are not', () => {
    const sequence = new Sequence()
    assert.equal(sequence.owedMs, 0)
    for (const packet of [...packets, ping]) sequence.keep(packet)
    assert.ok(sequence.owedMs > 0)
    sequence.acknowledge(2)
    const [number, ...rest] = sequence.again()
    assert.equal(number?.text, '{"type":9,"sequenceId":3}\u001e')
    assert.deepEqual(texts(rest), texts(packets.slice(2)))
    sequence.acknowledge(1)
    assert.equal(sequence.again().length, 3)
    sequence.acknowledge(4)
    assert.deepEqual(texts(sequence.again()), ['{"type":9,"sequenceId":5}\u001e'])
    assert.deepEqual([sequence.buffered, sequence.owedMs], [0, 0])
  })

  it('is taken once of what the client sends again, and nothing until he says where he begins', () => {
    const sequence = new Sequence()
    assert.deepEqual([sequence.takes(call), sequence.takes({ kind: 'ping' }), sequence.takes(call)], [true, true, true])
    assert.equal(sequence.received, 2)
    sequence.awaitNumber()
    assert.equal(sequence.takes(call), false)
    assert.equal(sequence.awaitsNumber, true)
    assert.equal(sequence.takes(from(2)), false)
    assert.equal(sequence.awaitsNumber, false)
    assert.deepEqual([sequence.takes(call), sequence.takes(call)], [false, true])
    assert.equal(sequence.received, 3)
    assert.throws(() => sequence.takes(from(5)), Malformed)
  })
})
