import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import {
  type CloudApi,
  type Line,
  refusal,
  signatureOf,
  signed,
  startCloudApi,
} from '../flow-engine/whatsapp/testing/cloud.ts'
import { eventually } from '../infra/local/testing/eventually.ts'
import { createInternalTokens } from '../infra/runtime/auth/internal-tokens.ts'
import { Client } from '../realtime/testing/client.ts'
import { type Call, callerOf } from './call.ts'
import { run } from './command.ts'
import { type House, openHouse } from './house.ts'

const line: Line = {
  phoneNumberId: '106540352242922',
  apiVersion: 'v21.0',
  accessToken: 'EAAtestaccesstoken',
  appSecret: 'an app secret of Meta',
}
const png = Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex')

type Json = Record<string, unknown>
interface Message extends Json {
  id: string
  content: string
  senderType: string
  files: { id: string; filename: string; mimeType: string; url: string }[]
  isRead: boolean
  delivery?: { status: string; error?: { code: string; why: string } }
}

describe('WhatsApp', function () {
  this.timeout(90_000)
  let house: House
  let cloud: CloudApi
  let channelId: string
  let verifyToken: string
  let numbers = 0

  before(async () => {
    cloud = await startCloudApi(line)
    house = await openHouse({ WHATSAPP_URL: cloud.url, WHATSAPP_ATTEMPTS: '4', WHATSAPP_RETRY_MS: '20' })
    const made = await house.call('POST', '/api/channels', { token: house.adminToken, body: channelBody() })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    channelId = String(made.body.id)
    verifyToken = String(made.body.verifyToken)
    assert.equal(made.body.webhookUrl, `${house.stack.config.publicUrl}/webhooks/whatsapp/${channelId}`)
  })
  after(async () => {
    await house.stack.stop()
    await cloud.close()
    assert.deepEqual(cloud.objections, [], 'what the Cloud API would have refused')
  })

  const channelBody = ({ accessToken = line.accessToken } = {}) => ({
    type: 'whatsapp',
    name: 'WhatsApp',
    config: { phoneNumberId: line.phoneNumberId, businessAccountId: '1', apiVersion: line.apiVersion },
    secrets: { accessToken, appSecret: line.appSecret },
  })
  const newNumber = () => `49170${String(++numbers).padStart(7, '0')}`
  const hook = (value: object) => house.call('POST', `/webhooks/whatsapp/${channelId}`, signed(line, value))
  const told = async (value: object) => assert.equal((await hook(value)).status, 200)
  /** What a customer sends. */
  const incoming = (
    from: string,
    message: Json = { type: 'text', text: { body: 'Hi' } },
    wamid = `wamid.${randomUUID()}`,
  ) => ({
    contacts: [{ profile: { name: 'Kerry Fisher' }, wa_id: from }],
    messages: [{ from, id: wamid, timestamp: '1700000000', ...message }],
  })
  const status = (from: string, kind: string, about: { wamid: string; body?: Json }, rest: Json = {}) => ({
    statuses: [
      {
        ...{ id: about.wamid, status: kind, timestamp: '1700000100', recipient_id: from },
        ...(about.body && { biz_opaque_callback_data: about.body.biz_opaque_callback_data }),
        ...rest,
      },
    ],
  })
  const asAgent = async (path: string): Promise<Json> => {
    const answer = await house.call('GET', path, { token: house.agentToken })
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
    return answer.body
  }
  const messagesOf = async (id: string) => (await asAgent(`/api/conversations/${id}/messages`)).data as Message[]
  const withWaId = async (from: string) => {
    const { data } = (await asAgent('/api/conversations?limit=100')) as { data: { id: string; metadata: Json }[] }
    return data.filter(({ metadata }) => metadata.waId === from)
  }
  /** A customer who has written, and his conversation. */
  const customer = async (): Promise<{ from: string; id: string }> => {
    const from = newNumber()
    await told(incoming(from))
    const id = await eventually(async () => {
      const [found] = await withWaId(from)
      return found?.id ?? assert.fail('there is no conversation yet')
    })
    return { from, id }
  }
  const commandApi: Call = (...asked) => callerOf(house.stack.url('command-api'))(...asked)
  const say = async (id: string, body: Json, token = house.agentToken) => {
    const said = await house.call('POST', `/api/conversations/${id}/messages`, { token, body })
    assert.equal(said.status, 201, JSON.stringify(said.body))
    return String(said.body.id)
  }
  const asService = () =>
    createInternalTokens(house.stack.config.internalSecret).issue({
      kind: 'system',
      id: 'flow-engine',
      workspaceId: house.demo.workspaceId,
    })
  const takenBy = (from: string) => cloud.taken.filter(({ body }) => body.to === from)
  const takes = (from: string, count: number) =>
    eventually(() => {
      const taken = takenBy(from)
      assert.equal(taken.length, count)
      return taken.map((one) => ({ ...one, content: one.body[String(one.body.type)] as Json }))
    })
  const textsTo = (from: string) => takenBy(from).map(({ body }) => (body.text as Json | undefined)?.body)
  const deliveryOf = async (id: string, messageId: string) =>
    (await messagesOf(id)).find((message) => message.id === messageId)?.delivery
  const metrics = async () => (await fetch(`${house.stack.url('flow-engine')}/metrics`)).text()
  const isDelivery = (id: string, messageId: string, wanted: string) =>
    eventually(async () => assert.equal((await deliveryOf(id, messageId))?.status, wanted))

  it('finds the address of a channel verified by its token alone', async () => {
    const ask = (token: string, id = channelId) => {
      const query = new URLSearchParams({ 'hub.mode': 'subscribe', 'hub.verify_token': token, 'hub.challenge': '4711' })
      return house.call('GET', `/webhooks/whatsapp/${id}?${query}`)
    }
    const right = await ask(verifyToken)
    assert.deepEqual([right.status, right.headers['content-type']], [200, 'text/plain; charset=utf-8'])
    assert.equal(String(right.body.text ?? right.body), '4711')
    assert.deepEqual([(await ask('guessed')).status, (await ask(verifyToken, randomUUID())).status], [403, 404])
    assert.equal((await house.call('GET', `/webhooks/whatsapp/${channelId}`)).status, 403)
  })

  it('does nothing that is not signed, and nothing for another number or channel', async () => {
    const from = newNumber()
    const path = `/webhooks/whatsapp/${channelId}`
    const { raw, headers } = signed(line, incoming(from))
    const unsigned = { 'content-type': 'application/json' }
    const forged = { ...unsigned, 'x-hub-signature-256': signatureOf({ appSecret: 'another' }, raw) }
    for (const shown of [unsigned, forged, { ...unsigned, 'x-hub-signature-256': 'sha256=00' }]) {
      assert.equal((await house.call('POST', path, { raw, headers: shown })).status, 401)
    }
    assert.equal((await house.call('POST', path, { raw: `${raw} `, headers })).status, 401)
    assert.equal((await house.call('POST', `/webhooks/whatsapp/${randomUUID()}`, { raw, headers })).status, 404)
    const elsewhere = signed({ ...line, phoneNumberId: '999' }, incoming(from))
    assert.equal((await house.call('POST', path, elsewhere)).status, 200)
    for (const odd of ['{}', '[]', 'no JSON', '{"object":"page","entry":[]}', '{"object":1}']) {
      const signature = { 'x-hub-signature-256': signatureOf(line, odd) }
      assert.equal((await house.call('POST', path, { raw: odd, headers: { ...unsigned, ...signature } })).status, 200)
    }
    await customer()
    assert.deepEqual(await withWaId(from), [])
  })

  it('makes of each customer one conversation, and of each message one, however often it comes', async () => {
    const from = newNumber()
    const first = incoming(from, { type: 'text', text: { body: 'Where is my order?' } })
    await Promise.all([told(first), told(first), told(first)])
    await told(incoming(from, { type: 'reaction', reaction: { emoji: '👍' } }))
    await told(incoming(from, { type: 'unsupported', errors: [{ code: 131051 }] }))
    await told(incoming(from, { type: 'location', location: { latitude: 52.5, longitude: 13.4, name: 'Home' } }))
    await told(
      incoming(from, { type: 'contacts', contacts: [{ name: { formatted_name: 'Jane' }, phones: [{ phone: '+1' }] }] }),
    )
    await told(first)
    const [conversation, ...others] = await eventually(async () => {
      const found = await withWaId(from)
      assert.equal((await messagesOf(found[0]?.id ?? assert.fail())).length, 3)
      return found
    })
    assert.deepEqual(others, [])
    const { id = '' } = conversation ?? {}
    const messages = await messagesOf(id)
    assert.deepEqual(
      messages.map(({ content, senderType }) => [senderType, content]),
      [
        ['visitor', 'Where is my order?'],
        ['visitor', 'Location: Home, 52.5, 13.4'],
        ['visitor', 'Contact: Jane, +1'],
      ],
    )
    const { contactId, visitorId, channel } = await asAgent(`/api/conversations/${id}`)
    const { name, phone } = await asAgent(`/api/contacts/${contactId}`)
    assert.deepEqual([channel, name, phone], ['whatsapp', 'Kerry Fisher', `+${from}`])
    assert.ok(!String(visitorId).includes(from), 'the name of a visitor outlives an erasure')
  })

  it('says what a button stands for that a customer has chosen', async () => {
    const { from, id } = await customer()
    const list_reply = { id: 'returns', title: 'Returns' }
    await told(incoming(from, { type: 'interactive', interactive: { type: 'list_reply', list_reply } }))
    await told(incoming(from, { type: 'button', button: { text: 'Track Order', payload: 'track' } }))
    const history = await eventually(async () => {
      const { data } = (await asAgent(`/api/conversations/${id}/history`)) as { data: { type: string; data: Json }[] }
      const said = data.filter(({ type }) => type === 'MessageSent')
      assert.equal(said.length, 3)
      return said.slice(1).map(({ data: { content, replyValue } }) => [content, replyValue])
    })
    assert.deepEqual(history, [
      ['Returns', 'returns'],
      ['Track Order', 'track'],
    ])
  })

  it('brings files in and out', async () => {
    const { from, id } = await customer()
    cloud.media.set('picture-1', { bytes: png, type: 'image/png' })
    cloud.media.set('stolen', { bytes: png, type: 'image/png', url: `${house.stack.url('command-api')}/healthz` })
    const image = { id: 'picture-1', mime_type: 'image/jpeg', caption: 'Look' }
    const picture = incoming(from, { type: 'image', image })
    await told(picture)
    await told(picture)
    await told(incoming(from, { type: 'document', document: { id: 'stolen', filename: 'a.pdf' } }))
    const [, looked, missing, ...others] = await eventually(async () => {
      const messages = await messagesOf(id)
      assert.ok(messages.length >= 3)
      return messages
    })
    assert.deepEqual(
      [looked?.content, missing?.content, others],
      ['Look', '[document that could not be loaded from WhatsApp]', []],
    )
    const [file] = looked?.files ?? []
    assert.equal(file?.mimeType, 'image/png', 'found from the content')
    const got = await fetch(`${house.stack.url('gateway')}${file?.url}`, {
      headers: { authorization: `Bearer ${house.agentToken}` },
    })
    assert.deepEqual(Buffer.from(await got.arrayBuffer()), png)

    const form = new FormData()
    form.append('files', new Blob([new Uint8Array(png)]), 'map.png')
    const path = `${house.stack.url('gateway')}/api/conversations/${id}/files`
    const up = await fetch(path, {
      method: 'POST',
      headers: { authorization: `Bearer ${house.agentToken}` },
      body: form,
    })
    const { data } = (await up.json()) as { data: { id: string }[] }
    await say(id, { content: 'Here', files: [data[0]?.id] })
    await say(id, { contentType: 'image', richMedia: { url: 'https://shop.example/a.png' } })
    const [sent, linked] = await takes(from, 2)
    assert.equal(sent?.content.caption, 'Here')
    assert.deepEqual(cloud.uploads.get(String(sent?.content.id)), {
      bytes: png,
      type: 'image/png',
      filename: 'map.png',
    })
    assert.deepEqual(linked?.content, { link: 'https://shop.example/a.png' })
  })

  it('is told what agents and flows say, in order, as buttons, lists and templates', async () => {
    const { from, id } = await customer()
    const buttons = ['Track Order', 'Returns', 'An agent, please, and soon'].map((label, n) => ({
      label,
      value: `b${n}`,
    }))
    for (let n = 0; n < 5; n++) await say(id, { content: `Line ${n}` })
    await say(id, { contentType: 'quick_button', content: 'How can we help?', richMedia: { buttons } })
    const whatsappTemplate = { name: 'order_update', language: 'en_US', parameters: ['Kerry'], buttons: [] }
    const quick = {
      contentType: 'quick_button',
      content: 'Hi Kerry',
      richMedia: { buttons },
      whatsappTemplate,
      senderType: 'bot',
    }
    const { status: sent } = await commandApi('POST', `/api/conversations/${id}/messages`, {
      token: await asService(),
      body: quick,
    })
    assert.equal(sent, 201)
    const long = await say(id, { content: 'word '.repeat(1500) })
    const occurredAt = '2026-01-02T03:04:05.678Z'
    await say(
      id,
      { content: 'Long ago', senderType: 'agent', senderId: house.demo.agent.id, occurredAt },
      house.demo.importKey,
    )
    const taken = await takes(from, 9)
    assert.deepEqual(
      textsTo(from).slice(0, 5),
      [0, 1, 2, 3, 4].map((n) => `Line ${n}`),
    )
    assert.deepEqual(
      taken.slice(5).map(({ body }) => body.type),
      ['interactive', 'template', 'text', 'text'],
    )
    assert.equal(taken[6]?.content.name, 'order_update')
    await isDelivery(id, long, 'sent')
    const refused = await house.call('POST', `/api/conversations/${id}/messages`, {
      token: house.agentToken,
      body: { content: 'x', whatsappTemplate },
    })
    assert.equal(refused.status, 403)
  })

  it('lets a flow ask by an approved template, and go on from the button that the customer chooses', async () => {
    const { from, id } = await customer()
    const admin = async (path: string, body: Json) => {
      const made = await house.call('POST', path, { token: house.adminToken, body })
      assert.ok(made.status < 300, JSON.stringify(made.body))
      return String(made.body.id)
    }
    const buttons = [{ label: 'Track Order', value: 'track' }]
    const whatsapp = { name: 'welcome', language: 'en_US' }
    const body = 'Hello {{contact.name}}, how can we help?'
    const welcome = await admin('/chat-flow/templates/', { name: 'welcome_message', body, buttons, whatsapp })
    const order = await admin('/chat-flow/templates/', { name: 'order', body: 'It is on its way.' })
    const node = (name: string, template_id: string) => ({ id: name, type: 'template', data: { template_id } })
    const nodes = [node('a', welcome), node('b', order)]
    const flow_data = { nodes, edges: [{ id: 'e', source: 'a', target: 'b', label: 'Button: track' }] }
    const flow = await admin('/chat-flow/flows/', {
      name: 'Welcome',
      is_active: true,
      start_template: welcome,
      flow_data,
    })
    await admin(`/chat-flow/flows/${flow}/start/`, { conversation_id: id })
    const [asked] = await takes(from, 1)
    const payload = { type: 'payload', payload: 'track' }
    assert.deepEqual(asked?.content, {
      name: 'welcome',
      language: { code: 'en_US' },
      components: [
        { type: 'body', parameters: [{ type: 'text', text: 'Kerry Fisher' }] },
        { type: 'button', sub_type: 'quick_reply', index: '0', parameters: [payload] },
      ],
    })
    await told(incoming(from, { type: 'button', button: { text: 'Where is it?', payload: 'track' } }))
    await takes(from, 2)
    assert.equal(textsTo(from)[1], 'It is on its way.')
  })

  it('shows agents, and nobody else, how far a message has come, in whatever order that is told', async () => {
    const { from, id } = await customer()
    const agent = await new Client(house.stack.url('gateway'), house.agentToken).opened()
    await agent.join(`conversation:${id}`)
    const messageId = await say(id, { content: 'On its way' })
    const [about = assert.fail()] = await takes(from, 1)
    await isDelivery(id, messageId, 'sent')
    await told(status(from, 'read', about))
    await isDelivery(id, messageId, 'read')
    for (const late of ['delivered', 'sent', 'read', 'deleted']) await told(status(from, late, about))
    const again = await say(id, { content: 'And this' })
    const [, second = assert.fail()] = await takes(from, 2)
    // Without our own name for it, and for a message that is none of ours.
    await told(status(from, 'delivered', { wamid: second.wamid }))
    await told(status(from, 'delivered', { wamid: 'wamid.other' }))
    await isDelivery(id, again, 'delivered')
    const [, read, unread] = await messagesOf(id)
    assert.deepEqual([read?.isRead, read?.delivery?.status, unread?.isRead], [true, 'read', false])
    const events = await eventually(() => {
      const types = agent.frames.flatMap((frame) => (frame.type === 'event' ? [frame.event.type] : []))
      assert.equal(types.filter((type) => type === 'MessageDelivered').length, 2)
      return types
    })
    assert.deepEqual(
      [
        events.filter((type) => type === 'MessagesRead').length,
        events.filter((type) => type === 'MessageRelayed').length,
      ],
      [1, 2],
    )
    agent.socket.terminate()
    const { workspaceId, contactId, visitorId } = await asAgent(`/api/conversations/${id}`)
    const visitor = await createInternalTokens(house.stack.config.internalSecret).issue({
      ...{ kind: 'visitor', conversationId: id, workspaceId: String(workspaceId) },
      ...{ contactId: String(contactId), visitorId: String(visitorId) },
    })
    const seen = await callerOf(house.stack.url('query-api'))('GET', `/api/conversations/${id}/messages`, {
      token: visitor,
    })
    assert.ok((seen.body.data as Message[]).every((message) => !('delivery' in message)))
  })

  it('tells why a message did not arrive', async () => {
    const { from, id } = await customer()
    const messageId = await say(id, { content: 'Are you there?' })
    const [about = assert.fail()] = await takes(from, 1)
    await told(status(from, 'failed', about, { errors: [{ code: 131026, title: 'Message undeliverable' }] }))
    await told(status(from, 'delivered', about))
    await isDelivery(id, messageId, 'failed')
    assert.equal((await deliveryOf(id, messageId))?.error?.code, '131026')
  })

  it('does not let the servers of one channel speak for another', async () => {
    const { from, id } = await customer()
    const messageId = await say(id, { content: 'Mine' })
    const [about = assert.fail()] = await takes(from, 1)
    const making = (body: Json) => house.call('POST', '/api/channels', { token: house.adminToken, body })
    assert.equal((await making(channelBody())).status, 409, 'a number has one channel')
    const otherLine = { ...line, phoneNumberId: '200000000000002' }
    const { config } = channelBody()
    const made = await making({ ...channelBody(), config: { ...config, phoneNumberId: otherLine.phoneNumberId } })
    const toldThere = async (value: object) => {
      const path = `/webhooks/whatsapp/${String(made.body.id)}`
      assert.equal((await house.call('POST', path, signed(otherLine, value))).status, 200)
    }
    await isDelivery(id, messageId, 'sent')
    await toldThere(status(from, 'read', about))
    await toldThere(incoming(from))
    await eventually(async () => assert.equal((await withWaId(from)).length, 2))
    assert.equal((await deliveryOf(id, messageId))?.status, 'sent')
  })

  it('is tried again while it puts off, without letting later messages pass', async () => {
    const { from, id } = await customer()
    cloud.answers.set(from, [refusal(429, 80007), refusal(400, 131056), { status: 503 }])
    await say(id, { content: 'First' })
    await say(id, { content: 'Second' })
    await takes(from, 2)
    assert.deepEqual(textsTo(from), ['First', 'Second'])
  })

  it('is given up where no try helps, until somebody has mended it', async () => {
    const { from, id } = await customer()
    cloud.answers.set(from, [
      refusal(401, 190),
      refusal(400, 131047),
      ...Array.from({ length: 4 }, () => ({ status: 500 })),
    ])
    const expired = await say(id, { content: 'Token expired' })
    const late = await say(id, { content: 'Too late' })
    const down = await say(id, { content: 'Down' })
    await say(id, { content: 'Well' })
    await takes(from, 1)
    assert.deepEqual(textsTo(from), ['Well'])
    const errors = await eventually(async () => {
      const found = await Promise.all([expired, late, down].map((messageId) => deliveryOf(id, messageId)))
      return found.map((delivery) => delivery?.error?.code ?? assert.fail())
    })
    assert.deepEqual(errors, ['190', '131047', '500'])
    const cli = async (...args: string[]) =>
      JSON.parse(await run(house.stack, 'flow-engine/whatsapp/cli.js', ...args, '--json'))
    const dead = (await cli()) as { messageId: string; tries: number }[]
    const triesOf = (messageId: string) => dead.find((one) => one.messageId === messageId)?.tries
    assert.deepEqual([expired, late, down].map(triesOf), [1, 1, 4])
    assert.deepEqual(await cli('retry', expired), { done: [expired], missing: [] })
    await takes(from, 2)
    await isDelivery(id, expired, 'sent')
    assert.equal((await cli('discard', 'all')).done.length, 2)
  })

  it('is not told again what it has taken, when the answer was lost and it has said so itself', async () => {
    const { from, id } = await customer()
    cloud.answers.set(from, ['hang'])
    const messageId = await say(id, { content: 'Once' })
    const [about = assert.fail()] = await takes(from, 1)
    await told(status(from, 'sent', about))
    await isDelivery(id, messageId, 'sent')
    await house.stack.kill('flow-engine')
    await house.stack.start('flow-engine')
    await say(id, { content: 'Next' })
    await takes(from, 2)
    assert.deepEqual(textsTo(from), ['Once', 'Next'])
  })

  it('is told everything when the engine is killed, and Redis with it, and twice at most what was under way', async () => {
    const customers = await Promise.all(Array.from({ length: 8 }, customer))
    const wanted = Array.from({ length: 5 }, (_, n) => `Line ${n}`)
    const sending = Promise.all(
      customers.map(async ({ id }) => {
        for (const content of wanted) await say(id, { content })
      }),
    )
    await eventually(() => assert.ok(customers.some(({ from }) => takenBy(from).length > 0)))
    await house.stack.kill('flow-engine')
    await house.stack.kill('redis')
    await sending
    await Promise.all([house.stack.start('flow-engine'), house.stack.start('redis')])
    await eventually(() => {
      for (const { from } of customers) assert.deepEqual([...new Set(textsTo(from))], wanted)
    }, 40_000)
    for (const { from } of customers) assert.ok(takenBy(from).length <= wanted.length + 1)
  })

  it('is asked to send again what the log could not take', async () => {
    const from = newNumber()
    const message = incoming(from)
    await house.stack.kill('command-api')
    assert.equal((await hook(message)).status, 503)
    await house.stack.start('command-api')
    await eventually(() => told(message), 40_000)
    await eventually(async () => assert.equal((await withWaId(from)).length, 1))
  })

  it('is not told what was said to somebody who has been erased, and finds him new when he comes back', async () => {
    const { from, id } = await customer()
    const { contactId } = await asAgent(`/api/conversations/${id}`)
    cloud.answers.set(from, [refusal(429, 130429, { 'retry-after': '1' })])
    await say(id, { content: 'Between us' })
    await eventually(() => assert.deepEqual(cloud.answers.get(from), []))
    const erased = await house.call('DELETE', `/api/contacts/${contactId}`, { token: house.adminToken })
    assert.ok(erased.status < 300, JSON.stringify(erased.body))
    await told(incoming(from, { type: 'text', text: { body: 'Me again' } }))
    const [again] = await eventually(async () => {
      const found = await withWaId(from)
      assert.equal(found.length, 1)
      return found
    })
    assert.notEqual(again?.id, id)
    await eventually(async () => assert.ok(/^whatsapp_waiting\{.*\} 0$/m.test(await metrics())))
    assert.deepEqual(takenBy(from), [])
  })
})
