import assert from 'node:assert/strict'
import type { ContactDevice } from '../../schemas/contact/device.ts'
import type { RecordedEach } from '../../schemas/envelope.ts'
import { ContactDevices } from '../push/contact-devices.ts'
import type { Reactions } from '../reactor.ts'
import { pushReactions } from './push.ts'

const contactId = '10000000-0000-4000-8000-000000000004'
const now = Date.parse('2026-01-01T12:00:00Z')

type Sent = Parameters<NonNullable<Reactions['MessageSent']>>[0]
type Dropped = Parameters<NonNullable<Reactions['DeviceDropped']>>[0]

function envelope<T extends { type: string; data: unknown }>(event: T, at = now) {
  const actor = { kind: 'agent' as const, id: 'ann' }
  const ids = { workspaceId: 'w', commandId: 'c', $correlationId: 'c', $causationId: 'c', key: contactId }
  const meta = { v: 1, ...ids, actor, at: new Date(at).toISOString(), prev: '', hash: '' }
  return { id: 'event', stream: 'conversation-1', revision: 3, position: { commit: 1n, prepare: 1n }, meta, ...event }
}
function sent(data: Partial<Sent['data']> = {}, at = now): Sent {
  const said = { messageId: 'm', sessionId: 's', senderId: 'ann', content: 'Hello' }
  const full = { ...said, senderType: 'agent' as const, contentType: 'text' as const, ...data }
  return envelope({ type: 'MessageSent' as const, data: full }, at) satisfies RecordedEach<Sent>
}
const dropped: Dropped = envelope({
  type: 'DeviceDropped' as const,
  data: { contactId, deviceId: 'd1', reason: 'dead' as const },
})

describe('the reaction to messages', () => {
  const device = (id: string): ContactDevice => ({ id, platform: 'fcm', channelId: 'c', token: 't' })
  const open = (answer: () => Promise<ContactDevice[]>) => {
    let asked = 0
    const queued: string[] = []
    const failures: unknown[] = []
    const devices = new ContactDevices(async () => {
      asked += 1
      return { status: 200, body: { data: await answer() }, position: undefined }
    })
    const { signal } = new AbortController()
    const reactions = pushReactions(
      { devices, enqueue: async (id) => void queued.push(id), now: () => now },
      { signal, failed: (error) => failures.push(error) },
    )
    const say = (...message: Parameters<typeof sent>) => reactions.MessageSent?.(sent(...message))
    return { say, drop: () => reactions.DeviceDropped?.(dropped), queued, failures, asked: () => asked }
  }

  it('queues one push for each device, for those alone who answer the end user now', async () => {
    const { say, queued } = open(async () => [device('d1'), device('d2')])
    await say({ senderType: 'visitor' })
    await say({ senderType: 'system' })
    await say({ occurredAt: '2026-01-01T11:59:00Z' })
    await say({}, now - 86_400_001)
    assert.deepEqual(queued, [])
    await say({ senderType: 'bot' })
    assert.deepEqual(queued, ['event-d1', 'event-d2'])
  })

  it('asks for the devices of a contact once, and again when they have changed', async () => {
    const { say, drop, asked } = open(async () => [])
    await Promise.all([say(), say()])
    await say()
    assert.equal(asked(), 1)
    await drop()
    await say()
    assert.equal(asked(), 2)
  })

  it('keeps no answer that a change has overtaken', async () => {
    const answers: ((devices: ContactDevice[]) => void)[] = []
    const { say, drop, queued } = open(() => new Promise((resolve) => answers.push(resolve)))
    const first = say()
    await drop()
    const second = say()
    answers[1]?.([])
    answers[0]?.([device('d1')])
    await Promise.all([first, second])
    await say()
    assert.deepEqual([queued, answers.length], [['event-d1'], 2])
  })

  it('tries again until the devices can be had', async () => {
    let failing = true
    const { say, queued, failures } = open(async () => {
      if (!failing) return [device('d1')]
      failing = false
      throw new Error('away')
    })
    await say()
    assert.deepEqual([queued.length, failures.length], [1, 1])
  })
})
