import assert from 'node:assert/strict'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInternalTokens } from '../../infra/runtime/auth/internal-tokens.ts'
import { type Serving, serve } from '../../infra/runtime/http/server.ts'
import { createMetrics } from '../../infra/runtime/metrics.ts'
import { createReadDatabase, type Database } from '../../infra/runtime/postgres.ts'
import { type Arena, openArena } from '../../projectors/testing/arena.ts'
import { type History, historyOf, type Step, uuid } from '../../projectors/testing/history.ts'
import { type Call, type Called, callerOf } from '../../test/call.ts'
import { suggestionBindings } from '../http/suggestion.ts'
import { createPositions } from '../positions.ts'
import { createReader } from '../reader.ts'
import { type Chat, createChat } from './chat.ts'

type By = 'visitor' | 'agent' | 'bot'

/** A conversation of those who speak, and what they say. */
function talk(seed: string, said: readonly (readonly [By, string])[], workspace = 0, end?: 'erase'): History {
  const steps: Step[] = [
    ...said.map(([by, words]): Step => ({ do: 'message', by, words })),
    ...(end === undefined ? [] : [{ do: end }]),
  ]
  return historyOf({ seed, workspace, startedBy: 'visitor', steps: steps.map((step) => ({ step, afterMs: 1000 })) })
}

const idOf = ({ stream }: History) => stream.slice('conversation-'.length)

describe('a suggested reply', () => {
  let arena: Arena
  let database: Database
  let model: Model
  const servers: Serving[] = []
  const logged: unknown[] = []
  let retrieval: (id: string, workspace?: number) => Promise<Called>
  let written: (id: string) => Promise<Called>

  const password = talk('password', [
    ['visitor', 'Hello'],
    ['bot', 'Hi, what is it about?'],
    ['visitor', 'I cannot reset my password'],
    ['bot', 'Let me see'],
    ['agent', 'The link is on the sign-in page.'],
  ])
  const histories = [
    password,
    talk('parcel', [
      ['visitor', 'Where is my parcel?'],
      ['agent', 'It is on its way.'],
    ]),
    talk('unanswered', [
      ['visitor', 'reset the password please'],
      ['bot', 'A bot says no'],
    ]),
    talk(
      'elsewhere',
      [
        ['visitor', 'reset the password please'],
        ['agent', 'What another workspace says'],
      ],
      1,
    ),
    talk(
      'erased',
      [
        ['visitor', 'reset the password please'],
        ['agent', 'What nobody may know any more'],
      ],
      0,
      'erase',
    ),
  ]
  const asking = talk('asking', [
    ['agent', 'What can I do for you?'],
    ['visitor', 'I need your help'],
    ['visitor', 'to reset my PASSWORD'],
  ])
  const strange = talk('strange', [['visitor', 'Zyzzyva quux?']])

  before(async () => {
    arena = await openArena()
    const { config } = arena.stack
    database = createReadDatabase(config, { name: 'test' })
    const reader = createReader(database)
    const tokens = createInternalTokens(config.internalSecret)
    const sources = { reader, positions: createPositions(reader, 400), log: arena.log, now: () => new Date() }
    const opened = async (chat: Chat | undefined): Promise<Call> => {
      const server = await serve({
        name: 'query-api',
        config,
        logger: arena.logger,
        metrics: createMetrics('query-api'),
        host: '127.0.0.1',
        port: 0,
        tokens,
        bindings: suggestionBindings(sources, chat),
        ready: async () => undefined,
      })
      servers.push(server)
      return callerOf(`http://127.0.0.1:${server.port}`)
    }
    const agent = { kind: 'agent', id: uuid('agent', 0), role: 'agent', email: 'a@demo.test' } as const
    const ask =
      (call: Call) =>
      async (id: string, workspace = 0) => {
        const token = await tokens.issue({ ...agent, workspaceId: uuid('workspace', workspace) })
        return call('GET', `/api/ai-suggest?conversation_id=${id}`, { token })
      }
    model = await openModel()
    const settings = { aiBaseUrl: `${model.url}/v1/`, aiApiKey: 'key-of-the-model', aiModel: 'm-1' }
    retrieval = ask(await opened(undefined))
    written = ask(await opened(createChat(settings, { warn: (...entry: unknown[]) => logged.push(entry) }, 300)))
    arena.run()
    await arena.passed(await arena.appendAll([...histories, asking, strange]))
  })
  after(async () => {
    model.server.close()
    await Promise.all(servers.map((server) => server.stop()))
    await database.destroy()
    await arena.stop()
  })

  it('is what agents of the workspace answered to the most similar message', async () => {
    const { status, body } = await retrieval(idOf(asking))
    assert.equal(status, 200, JSON.stringify(body))
    assert.deepEqual([body.suggestion, body.model], ['The link is on the sign-in page.', 'retrieval'])
    const sources = body.sources as { conversationId: string; messageId: string; question: string; score: number }[]
    const [source] = sources
    const reply = password.events.at(-1)?.event
    assert.ok(reply?.type === 'MessageSent')
    assert.deepEqual(
      [sources.length, source?.conversationId, source?.messageId, source?.question],
      [1, idOf(password), reply.data.messageId, 'I cannot reset my password'],
    )
    assert.ok(source !== undefined && source.score >= 0.2 && source.score < 1)
  })

  it('is none where nothing like it was answered, and not found from another workspace', async () => {
    for (const history of [strange, histories[4] as History]) {
      const { status, body } = await retrieval(idOf(history))
      assert.deepEqual([status, body], [200, { suggestion: null, sources: [], model: 'retrieval' }])
    }
    assert.equal((await retrieval(idOf(asking), 1)).status, 404)
    assert.equal((await retrieval(uuid('nothing'))).status, 404)
    assert.equal((await retrieval('x')).status, 400)
  })

  it('is written by a language model where one is configured, with what was answered before as its examples', async () => {
    model.answer = { status: 200, body: { choices: [{ message: { role: 'assistant', content: ' Try the link. ' } }] } }
    const { status, body } = await written(idOf(asking))
    assert.deepEqual([status, body.suggestion, body.model], [200, 'Try the link.', 'm-1'])
    assert.equal((body.sources as unknown[]).length, 1)
    const [asked] = model.asked
    assert.deepEqual(
      [asked?.path, asked?.headers.authorization, asked?.body.model],
      ['/v1/chat/completions', 'Bearer key-of-the-model', 'm-1'],
    )
    const [task, ...turns] = asked?.body.messages ?? []
    assert.equal(task?.role, 'system')
    assert.match(task?.content ?? '', /The link is on the sign-in page\./)
    assert.deepEqual(
      turns.map(({ role, content }) => [role, content]),
      [
        ['assistant', 'What can I do for you?'],
        ['user', 'I need your help'],
        ['user', 'to reset my PASSWORD'],
      ],
    )
    assert.doesNotMatch(JSON.stringify(model.asked), /another workspace|nobody may know/)
  })

  it('is unavailable while the model is, and says which setting to look at', async () => {
    const failures: [Model['answer'], RegExp][] = [
      [{ status: 401, body: {} }, /AI_API_KEY/],
      [{ status: 404, body: {} }, /AI_MODEL/],
      [{ status: 429, body: {} }, /AI_API_KEY/],
      [{ status: 500, body: 'oops' }, /AI_BASE_URL/],
      [{ status: 302, body: {} }, /AI_BASE_URL/],
      [{ status: 200, body: { choices: [] } }, /AI_BASE_URL/],
      [{ status: 200, body: { choices: [{ message: { content: '  ' } }] } }, /AI_BASE_URL/],
      [{ status: 200, body: '<html>' }, /AI_BASE_URL/],
      ['silence', /AI_BASE_URL/],
    ]
    for (const [answer, sentence] of failures) {
      model.answer = answer
      const { status, body } = await written(idOf(asking))
      assert.equal(status, 503, JSON.stringify([answer, body]))
      assert.match(String(body.detail), sentence)
      assert.doesNotMatch(JSON.stringify(body), /key-of-the-model/)
    }
    assert.equal(logged.length, failures.length)
    assert.doesNotMatch(JSON.stringify(logged), /key-of-the-model|PASSWORD/)
  })
})

interface Model {
  url: string
  server: Server
  asked: {
    path: string | undefined
    headers: IncomingHttpHeaders
    body: { model: string; messages: { role: string; content: string }[] }
  }[]
  answer: { status: number; body: unknown } | 'silence'
}

/** A server that speaks as OpenAI's does, as far as anybody asks. */
async function openModel(): Promise<Model> {
  const asked: Model['asked'] = []
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    asked.push({ path: request.url, headers: request.headers, body: JSON.parse(text) })
    const { answer } = model
    if (answer === 'silence') return
    const { status, body } = answer
    response.writeHead(status, status === 302 ? { location: '/elsewhere' } : { 'content-type': 'application/json' })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const model: Model = { url: `http://127.0.0.1:${port}`, server, asked, answer: 'silence' }
  return model
}
