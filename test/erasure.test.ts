import assert from 'node:assert/strict'
import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import { eventually } from '../infra/local/testing/eventually.ts'
import { createInternalTokens } from '../infra/runtime/auth/internal-tokens.ts'
import { wordsOf } from '../projectors/search/fold.ts'
import { Client } from '../realtime/testing/client.ts'
import { type Called, callerOf } from './call.ts'
import { run } from './command.ts'
import { type Dump, dumpOf } from './dump.ts'
import { type House, openHouse } from './house.ts'

/** A person with words in every place where there can be some. */
interface Planted {
  contactId: string
  conversationId: string
  words: string[]
  /** What of them the search keeps. */
  hashes: string[]
  last: Called
}

describe('an erasure', function () {
  this.timeout(120_000)
  let house: House
  before(async () => {
    house = await openHouse()
  })
  after(() => house.stack.stop())

  const ok = (answer: Called, status: number): Called => {
    assert.equal(answer.status, status, JSON.stringify(answer.body))
    return answer
  }

  async function plant(): Promise<Planted> {
    const { call, agentToken: token, demo, stack } = house
    const words: string[] = []
    const said: string[] = []
    const word = () => {
      const made = `w${randomBytes(9).toString('hex')}`
      words.push(made)
      return made
    }
    const say = () => {
      const made = word()
      said.push(made)
      return made
    }
    const metadata = { [word()]: { page: word() } }
    const started = ok(await call('POST', '/api/conversations', { body: { widgetId: demo.widgetId, metadata } }), 201)
    const conversationId = String(started.body.id)
    const at = `/api/conversations/${conversationId}`
    const { body } = ok(await call('GET', at, { token, headers: seen(started) }), 200)
    const contactId = String(body.contactId)

    const visitor = await new Client(stack.url('gateway'), String(started.body.visitorToken)).opened()
    await visitor.join(`conversation:${conversationId}`)
    visitor.send({ type: 'typing', room: `conversation:${conversationId}`, state: 'started' })
    ok(await call('POST', `${at}/messages`, { body: { content: `I am ${say()}.` } }), 201)
    ok(await call('POST', `${at}/messages`, { token, body: { content: `Hello, ${say()}!` } }), 201)
    const image = { contentType: 'image', content: say(), richMedia: { url: `https://x.test/${word()}`, alt: word() } }
    ok(await call('POST', `${at}/messages`, { token, body: image }), 201)
    const form = new FormData()
    form.append('files', new Blob([`A letter by ${word()}`], { type: 'text/plain' }), `${word()}.txt`)
    const upload = await fetch(`${stack.url('gateway')}${at}/files`, { method: 'POST', body: form })
    const uploaded = (await upload.json()) as { data: { id: string }[] }
    assert.equal(upload.status, 201, JSON.stringify(uploaded))
    const files = uploaded.data.map(({ id }) => id)
    ok(await call('POST', `${at}/messages`, { body: { content: say(), files } }), 201)
    ok(await call('POST', `${at}/notes`, { token, body: { content: `About ${say()}` } }), 201)
    ok(await call('POST', `${at}/rating`, { body: { score: 2, comment: word() } }), 201)
    const phone = String(randomInt(1e11, 1e12))
    words.push(phone)
    const facts = { name: `Ada ${word()}`, email: `${word()}@demo.test`, phone, attributes: { [word()]: word() } }
    const last = ok(await call('PATCH', `/api/contacts/${contactId}`, { token, body: facts }), 200)
    visitor.socket.terminate()
    const hashes = said.flatMap((text) => wordsOf(demo.workspaceId, text)).map(String)
    return { contactId, conversationId, words, hashes, last }
  }

  const seen = ({ headers }: Called) => ({ 'x-wait-for': String(headers['x-position']) })
  const heldIn = (text: string, words: readonly string[]) => words.filter((word) => text.includes(word))
  const isThere = (dump: Dump, { words, hashes }: Planted) => {
    const whole = Object.values(dump).join('\n')
    assert.deepEqual(heldIn(whole, [...words, ...hashes]), [...words, ...hashes])
    for (const place of ['decoded', 'postgres', 'blobs'] as const)
      assert.ok(heldIn(dump[place], words).length > 0, place)
    assert.deepEqual(heldIn(dump.log, words), [], 'words lie open in the log')
  }
  const isGone = (dump: Dump, { words, hashes }: Planted) => {
    for (const [place, text] of Object.entries(dump)) assert.deepEqual(heldIn(text, [...words, ...hashes]), [], place)
  }
  const figures = async (after: Called) => {
    const { call, adminToken: token } = house
    const of = async (what: string) =>
      (await call('GET', `/api/admin/${what}/stats`, { token, headers: seen(after) })).body
    return [await of('conversations'), await of('messages')]
  }
  const typesOf = async ({ conversationId }: Planted) => {
    const { body } = await house.call('GET', `/api/conversations/${conversationId}/history`, {
      token: house.agentToken,
    })
    return (body.data as { type: string }[]).map(({ type }) => type)
  }

  it('leaves no word of a person anywhere, and every word of another', async () => {
    const { call, stack, adminToken, agentToken: token } = house
    const [gone, kept] = [await plant(), await plant()]
    ok(await call('GET', `/api/conversations/${gone.conversationId}`, { token, headers: seen(kept.last) }), 200)
    await run(stack, 'projectors/cli.js', 'rebuild', 'all', '--json')
    const before = await dumpOf(stack)
    isThere(before, gone)
    isThere(before, kept)
    const counted = await figures(kept.last)
    const at = `/api/conversations/${gone.conversationId}`
    const messages = (await call('GET', `${at}/messages`, { token })).body

    const erased = ok(await call('DELETE', `/api/contacts/${gone.contactId}`, { token: adminToken }), 204)

    const after = await dumpOf(stack)
    isGone(after, gone)
    isThere(after, kept)
    assert.deepEqual(await figures(erased), counted)
    const left = (await call('GET', `${at}/messages`, { token, headers: seen(erased) })).body
    assert.deepEqual([left.total, (left.data as unknown[]).length], [messages.total, messages.total])
    for (const path of [`${at}/messages`, `${at}/messages?at=${new Date().toISOString()}`, `${at}/history`]) {
      const { status, body } = await call('GET', path, { token })
      assert.equal(status, 200, path)
      assert.match(JSON.stringify(body), /\[erased\]/, path)
      assert.deepEqual(heldIn(JSON.stringify(body), gone.words), [], path)
    }
    const early = ok(await call('GET', `${at}?at=0`, { token }), 200)
    assert.deepEqual(early.body.metadata, {})
    const replayed = await run(stack, 'query-api/replay/cli.js', '--id', gone.conversationId)
    assert.deepEqual([heldIn(replayed, gone.words), replayed.includes('[erased]')], [[], true])
    assert.equal(JSON.parse(await run(stack, 'infra/ops/verify.js', '--json')).ok, true)
    const rebuilt = JSON.parse(await run(stack, 'projectors/cli.js', 'rebuild', 'all', '--json'))
    for (const { projection, equal } of rebuilt.projections) assert.equal(equal, true, projection)
    isGone(await dumpOf(stack), gone)
    ok(await call('DELETE', `/api/contacts/${gone.contactId}`, { token: adminToken }), 204)
    const types = await typesOf(gone)
    assert.equal(types.filter((type) => type === 'ConversationErased').length, 1)
  })

  it('takes the tokens of phones along, also of pushes that could not be sent', async () => {
    const { call, stack, adminToken, agentToken: token } = house
    const account = { project_id: 'app', client_email: 'push@demo.test', private_key: 'of no use' }
    const secrets = { fcmServiceAccount: JSON.stringify(account) }
    const body = { type: 'mobile_sdk', name: 'App', secrets }
    const { embedToken } = ok(await call('POST', '/api/channels', { token: adminToken, body }), 201).body
    const user = { embed_token: embedToken, external_id: randomUUID() }
    const begun = ok(await call('POST', '/platform/api/conversations/init', { body: user }), 201).body
    const at = `/api/conversations/${begun.conversation_id}`
    const phone = `w${randomBytes(30).toString('hex')}`
    const device = { token: String(begun.visitor_token), body: { platform: 'fcm', token: phone } }
    const { id } = ok(await call('POST', `${at}/devices`, device), 201).body
    const word = `w${randomBytes(9).toString('hex')}`
    const said = ok(await call('POST', `${at}/messages`, { token, body: { content: word } }), 201)
    const before = await eventually(async () => {
      assert.match(await run(stack, 'flow-engine/push/cli.js'), /no key for RS256/)
      return dumpOf(stack)
    })
    assert.ok(before.redis.includes(String(id)), 'the push is kept')
    assert.deepEqual(
      (['log', 'decoded', 'postgres', 'redis', 'blobs'] as const).filter((place) => before[place].includes(phone)),
      ['decoded'],
    )
    assert.ok(!before.redis.includes(word))
    const { body: conversation } = ok(await call('GET', at, { token, headers: seen(said) }), 200)
    ok(await call('DELETE', `/api/contacts/${conversation.contactId}`, { token: adminToken }), 204)
    const after = await dumpOf(stack)
    for (const [place, text] of Object.entries(after)) {
      assert.deepEqual(heldIn(text, [phone, word]), [], place)
    }
    assert.equal((await call('POST', `${at}/devices`, device)).status, 410)
  })

  it('takes along what flows, automations and webhooks heard', async () => {
    const { call, stack, adminToken, agentToken: token, demo } = house
    const admin = async (path: string, body: object) =>
      ok(await call('POST', path, { token: adminToken, body }), 201).body
    const template = String((await admin('/chat-flow/templates/', { name: 'ask', body: 'Who are you?' })).id)
    const flow = await admin('/chat-flow/flows/', listening(template))
    const actions = [{ type: 'note', text: 'It is {{message.content}}' }]
    const word = `w${randomBytes(9).toString('hex')}`
    const conditions = [{ field: 'message.content', op: 'starts_with', value: 'w' }]
    const rule = await admin('/api/automations', { name: 'Noting', trigger: 'message_received', conditions, actions })
    const hook = await admin('/api/webhooks', { url: 'https://hooks.demo.test/', events: ['*'] })
    const started = ok(await call('POST', '/api/conversations', { body: { widgetId: demo.widgetId } }), 201).body
    const at = `/api/conversations/${started.id}`
    ok(await call('POST', `/chat-flow/flows/${flow.id}/start/`, { token, body: { conversation_id: started.id } }), 201)
    const history = async () => JSON.stringify((await call('GET', `${at}/history`, { token })).body)
    await eventually(async () => assert.match(await history(), /Who are you/))
    ok(await call('POST', `${at}/messages`, { body: { content: word } }), 201)
    const before = await eventually(async () => {
      const text = await history()
      assert.match(text, new RegExp(`You are ${word}`))
      assert.match(text, new RegExp(`It is ${word}`))
      const dump = await dumpOf(stack)
      assert.match(dump.postgres, /hooks\.demo\.test/)
      return dump
    })
    assert.ok(before.decoded.includes(word) && before.postgres.includes(word))
    assert.deepEqual([before.log.includes(word), before.redis.includes(word)], [false, false])
    const { contactId } = ok(await call('GET', at, { token }), 200).body
    ok(await call('DELETE', `/api/contacts/${contactId}`, { token: adminToken }), 204)
    for (const [place, text] of Object.entries(await dumpOf(stack))) assert.deepEqual(heldIn(text, [word]), [], place)
    for (const path of [`/api/automations/${rule.id}`, `/api/webhooks/${hook.id}`])
      ok(await call('DELETE', path, { token: adminToken }), 204)
  })

  it('is finished when command-api is killed in the middle of it', async () => {
    const { call, stack, adminToken } = house
    const gone = await plant()
    await call('GET', `/api/contacts/${gone.contactId}`, { token: adminToken, headers: seen(gone.last) })
    // While the projections stand still it waits for them, before the conversations.
    await stack.kill('projectors', 'SIGSTOP')
    const broken = call('DELETE', `/api/contacts/${gone.contactId}`, { token: adminToken })
    await eventually(async () => {
      assert.match((await dumpOf(stack)).log, new RegExp(`contact-${gone.contactId}\nContactErased`))
    })
    await stack.kill('command-api')
    assert.equal((await broken).status, 503)
    assert.equal((await typesOf(gone)).at(-1), 'ConversationRated')
    await stack.kill('projectors', 'SIGCONT')
    await stack.start('command-api')
    await stack.waitReady('command-api')

    const system = await createInternalTokens(stack.config.internalSecret).issue({ kind: 'system', id: 'test' })
    const finish = () =>
      callerOf(stack.url('command-api'))('POST', `/internal/contacts/${gone.contactId}/erase`, { token: system })
    const answers = await Promise.all([finish(), finish(), finish()])
    for (const answer of answers) ok(answer, 204)
    assert.equal((await typesOf(gone)).filter((type) => type === 'ConversationErased').length, 1)
    isGone(await dumpOf(stack), gone)
    ok(await finish(), 204)
  })

  it('refuses or erases a conversation that starts at the same moment', async () => {
    const { call, stack, demo, adminToken, agentToken: token } = house
    const visitorId = `visitor-${randomUUID()}`
    const word = `w${randomBytes(9).toString('hex')}`
    const start = (n: number) =>
      call('POST', '/api/conversations', {
        body: { widgetId: demo.widgetId, visitorId, metadata: { page: `${word}-${n}-` } },
      })
    const first = ok(await start(99), 201)
    const { body } = await call('GET', `/api/conversations/${first.body.id}`, { token, headers: seen(first) })
    const starts = Array.from({ length: 20 }, (_, n) => start(n))
    const erased = await call('DELETE', `/api/contacts/${body.contactId}`, { token: adminToken })
    ok(erased, 204)
    const gone = new Set([`${word}-99-`])
    for (const [n, { status, body: answer }] of (await Promise.all(starts)).entries()) {
      if (status === 201) {
        const { body: history } = await call('GET', `/api/conversations/${answer.id}/history`, { token })
        const events = history.data as { type: string; data: { contactId?: string } }[]
        // Who comes after the erasure is somebody new.
        if (events[0]?.data.contactId !== body.contactId) continue
        assert.equal(events.at(-1)?.type, 'ConversationErased')
      } else assert.equal(status, 410, JSON.stringify(answer))
      gone.add(`${word}-${n}-`)
    }
    await eventually(async () => {
      for (const [place, text] of Object.entries(await dumpOf(stack))) {
        for (const one of gone) assert.equal(text.includes(one), false, place)
      }
    })
    const back = ok(await start(100), 201)
    const { body: anew } = await call('GET', `/api/conversations/${back.body.id}`, { token, headers: seen(back) })
    assert.notEqual(anew.contactId, body.contactId)
  })
})

/** A flow that keeps what it is told, says it again and notes it. */
function listening(template: string) {
  const actions = [
    { type: 'set_variable', name: 'word', value: '{{reply}}' },
    { type: 'reply', text: 'You are {{word}}' },
    { type: 'handover', note: 'This is {{word}}' },
  ]
  const nodes = [
    { id: 'ask', type: 'template', data: { template_id: template } },
    ...actions.map((action, n) => ({ id: `do-${n}`, type: 'action', data: { action } })),
  ]
  const edges = nodes.slice(1).map(({ id }, n) => ({ id: `edge-${n}`, source: String(nodes[n]?.id), target: id }))
  return { name: 'Listening', is_active: true, start_template: template, flow_data: { nodes, edges } }
}
