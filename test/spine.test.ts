import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { run } from './command.ts'
import { type House, openHouse } from './house.ts'
import { transcriptFile } from './transcript-file.ts'
import { temporaryFolder } from './workplace.ts'

describe('one message from HTTP to the log, to Postgres and back', () => {
  let house: House

  before(async () => {
    house = await openHouse()
  })
  after(() => house.stack.stop())

  const start = async () => {
    const { status, body } = await house.call('POST', '/api/conversations', { body: { widgetId: house.demo.widgetId } })
    assert.equal(status, 201, JSON.stringify(body))
    return String(body.id)
  }

  it('reads what a command answered, as soon as its position is awaited', async () => {
    const { call, agentToken: token, demo } = house
    const id = await start()
    const at = (action: string) => `/api/conversations/${id}/${action}`
    await call('POST', at('messages'), { body: { content: 'Hello' } })
    await call('POST', at('messages'), { token, body: { content: 'Hi, how can I help?' } })
    await call('POST', at('notes'), { token, body: { content: 'a friendly one' } })
    await call('POST', at('assign'), { token, body: { agentId: demo.admin.id } })
    await call('POST', at('status'), { token, body: { status: 'pending' } })
    await call('POST', at('read'), { token, body: {} })
    await call('POST', at('rating'), { body: { score: 4 } })
    await call('POST', at('close'), { token, body: { tags: ['done'] } })
    await call('POST', at('messages'), { body: { content: 'One more thing' } })
    const changed = await call('POST', at('tags'), { token, body: { tag: 'again' } })
    assert.equal(changed.status, 200)
    const headers = { 'x-wait-for': String(changed.headers['x-position']) }

    // By an API key, since an agent who gets a conversation reads it.
    const read = await call('GET', `/api/conversations/${id}`, { token: demo.importKey, headers })
    assert.deepEqual(read.body, changed.body)
    const folded = await call('GET', `/api/conversations/${id}?at=${changed.body.revision}`, { token })
    assert.deepEqual(folded.body, changed.body)

    const seen = await call('GET', `/api/conversations/${id}`, { headers })
    assert.equal('tags' in seen.body || 'unreadCount' in seen.body, false, 'a visitor sees what is for agents')
    const messages = await call('GET', at('messages'), { headers })
    const contents = (messages.body.data as { content: string }[]).map(({ content }) => content)
    assert.deepEqual(contents, ['Hello', 'Hi, how can I help?', 'One more thing'])
  })

  it('answers each message as it is read back', async () => {
    const { call } = house
    const id = await start()
    const sent = await call('POST', `/api/conversations/${id}/messages`, {
      body: {
        contentType: 'quick_button',
        content: 'Choose',
        richMedia: { buttons: [{ label: 'Yes', value: 'yes' }] },
      },
    })
    const headers = { 'x-wait-for': String(sent.headers['x-position']) }
    const { body } = await call('GET', `/api/conversations/${id}/messages`, { headers })
    assert.deepEqual(body.data, [sent.body])
  })

  it('counts in the figures what happened', async () => {
    const { call, adminToken: token } = house
    const stats = async (of: string, headers = {}) =>
      (await call('GET', `/api/admin/${of}/stats`, { token, headers })).body as Record<string, number>
    const [conversations, messages] = [await stats('conversations'), await stats('messages')]
    const id = await start()
    await call('POST', `/api/conversations/${id}/messages`, { body: { content: 'one' } })
    const last = await call('POST', `/api/conversations/${id}/messages`, { body: { content: 'two' } })
    const headers = { 'x-wait-for': String(last.headers['x-position']) }
    const [after, said] = [await stats('conversations', headers), await stats('messages', headers)]
    for (const name of ['totalConversations', 'activeConversations', 'todayConversations']) {
      assert.equal(after[name], (conversations[name] ?? 0) + 1, name)
    }
    for (const name of ['totalMessages', 'todayMessages']) assert.equal(said[name], (messages[name] ?? 0) + 2, name)
  })

  it('keeps the words out of the stored log', async () => {
    const { call, stack } = house
    const word = `secret-${randomUUID()}`
    const { body } = await call('POST', '/api/conversations', {
      body: { widgetId: house.demo.widgetId, metadata: { page: word } },
    })
    await call('POST', `/api/conversations/${body.id}/messages`, { body: { content: word } })
    const { readFile } = await import('node:fs/promises')
    const store = await readFile(`${stack.config.dataDir}/event-store/data.mdb`)
    assert.notEqual(store.indexOf(String(body.id)), -1, 'the conversation is not where this test looks')
    assert.equal(store.indexOf(word), -1)
  })

  it('imports transcripts, once however often, equal to what comes back', async function () {
    this.timeout(120_000)
    const { stack, demo } = house
    const folder = temporaryFolder()
    const options = ['--file', transcriptFile(folder), '--limit', '80', '--json', '--gateway', stack.url('gateway')]
    const first = JSON.parse(await run(stack, 'infra/ops/import/main.js', ...options))
    assert.equal(first.equal, true)
    assert.deepEqual(first.acknowledged, first.inFile)
    const total = async () => {
      const { body } = await house.call('GET', '/api/conversations?limit=1', { token: house.adminToken })
      return body.total
    }
    const before = await total()
    const again = JSON.parse(await run(stack, 'infra/ops/import/main.js', ...options))
    assert.equal(again.equal, true)
    assert.equal(await total(), before)
    assert.equal(JSON.parse(await run(stack, 'infra/ops/verify.js', '--json')).ok, true)
    assert(demo.importKey.startsWith('pk_'))
    await rm(folder, { recursive: true })
  })

  it('names the line of a transcript file that is wrong', async () => {
    const { stack } = house
    await assert.rejects(
      run(stack, 'infra/ops/import/main.js', '--file', 'README.md'),
      /README.md, line 1: this is not JSON/,
    )
    await assert.rejects(
      run(stack, 'infra/ops/import/main.js', '--file', 'nowhere.jsonl'),
      /There is no file nowhere.jsonl/,
    )
  })
})
