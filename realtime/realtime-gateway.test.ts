import assert from 'node:assert/strict'
import type { Stack } from '../infra/local/stack.ts'
import { sharedStack } from '../infra/local/testing/shared-stack.ts'
import { callerOf } from '../test/call.ts'
import { openWorkplace } from '../test/workplace.ts'
import { Client } from './testing/client.ts'

describe('realtime through the gateway', () => {
  let stack: Stack

  before(async () => {
    stack = await sharedStack()
  })

  it('shows a visitor what is sent over HTTP, from the first message on', async () => {
    const place = await openWorkplace(stack.config, stack.url('command-api'), { identityVerification: 'required' })
    const call = callerOf(stack.url('gateway'))
    const { body, status } = await call('POST', '/api/conversations', { body: { widgetId: place.widgetId } })
    assert.equal(status, 201, JSON.stringify(body))
    const [room, path] = [`conversation:${body.id}`, `/api/conversations/${body.id}/messages`]
    const token = String(body.visitorToken)

    const refused = await new Client(stack.url('gateway')).opened()
    const answer = await refused.join(room)
    assert.equal(answer.type === 'error' && answer.code, 'unauthenticated')

    const first = await call('POST', path, { token, body: { content: 'before' } })
    assert.equal(first.status, 201, JSON.stringify(first.body))
    const client = await new Client(stack.url('gateway'), token).opened()
    await client.join(room, { after: -1 })
    await call('POST', path, { token, body: { content: 'after' } })
    await client.until(() => client.types().length === 2)
    const contents = client.frames.flatMap((frame) => (frame.type === 'event' ? [frame.event.data.content] : []))
    assert.deepEqual(contents, ['before', 'after'])
    for (const { socket } of [refused, client]) socket.terminate()
  })
})
