import assert from 'node:assert/strict'
import type { Carrier } from './carrier.ts'
import { done } from './closings.ts'
import { Outlet } from './outlet.ts'
import { eventPacket, type Packet } from './packet.ts'
import { Sequence } from './sequence.ts'

describe('what goes out to a client of the hub', () => {
  const packet = (content: string) => eventPacket('ReceiveMessage', { content })

  function opened(bound = 1000) {
    const sent: Packet[] = []
    let slow = 0
    const onSlow = () => {
      slow += 1
    }
    const carrier: Carrier = {
      isWatched: true,
      takesPings: true,
      buffered: 0,
      send: (one) => sent.push(one),
      drained: () => undefined,
      confirm: () => undefined,
      end: () => undefined,
    }
    const outlet = new Outlet({ bound, stallMs: 1000, onSlow })
    outlet.use(carrier)
    return { outlet, sent, carrier, slow: () => slow }
  }

  it('keeps its order while a message is still being made', async () => {
    const { outlet, sent } = opened()
    const [one, two, three, four] = ['1', '2', '3', '4'].map(packet) as [Packet, Packet, Packet, Packet]
    let make: (made: Packet) => void = () => undefined
    outlet.send(one)
    outlet.send(new Promise<Packet>((resolve) => (make = resolve)))
    outlet.send(three)
    outlet.send(Promise.resolve(four))
    await Promise.resolve()
    assert.deepEqual(sent, [one])
    make(two)
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual(sent, [one, two, three, four])
    assert.equal(outlet.buffered, 0)
  })

  it('is bounded by what was not acknowledged, and waits for nothing else', async () => {
    const { outlet, sent, slow } = opened()
    const sequence = new Sequence()
    outlet.keepIn(sequence)
    outlet.use(undefined)
    while (!outlet.isFull) outlet.send(packet('x'.repeat(100)))
    assert.equal(slow(), 0)
    const drained = outlet.drained()
    assert.ok(drained)
    sequence.acknowledge(10)
    outlet.settle()
    await drained
    assert.equal(outlet.drained(), undefined)
    assert.deepEqual(sent, [])
    while (slow() === 0) outlet.send(packet('x'.repeat(100)))
    outlet.close(done, undefined)
    assert.equal(outlet.isFull, false)
  })
})
