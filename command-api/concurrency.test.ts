import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { freePorts } from '../infra/local/process/port.ts'
import { type Stack, startStack } from '../infra/local/stack.ts'
import { eventually } from '../infra/local/testing/eventually.ts'
import { callerOf } from '../test/call.ts'
import { run } from '../test/command.ts'
import { openWorkplace, type Person, type Workplace } from '../test/workplace.ts'

describe('two command-api processes on one conversation', () => {
  let stack: Stack
  let second: ChildProcess
  let doors: string[]
  let place: Workplace

  before(async () => {
    const only = ['event-store', 'postgres', 'command-api'] as const
    stack = await startStack({
      ports: 'free',
      only,
      env: { NODE_ENV: 'test', LOG_LEVEL: 'warn' },
    })
    const [port] = await freePorts(1)
    second = spawn(process.execPath, ['dist/command-api/main.js'], {
      env: { ...stack.env, COMMAND_API_PORT: String(port) },
      stdio: 'inherit',
    })
    doors = [stack.url('command-api'), `http://127.0.0.1:${port}`]
    await eventually(async () => assert.equal((await fetch(`${doors[1]}/readyz`)).status, 200), 20_000)
    place = await openWorkplace(stack.config, stack.url('command-api'))
  })
  after(async () => {
    second.kill()
    await once(second, 'exit')
    await stack.stop()
  })

  it('lose no update of 50 writers, and keep revisions dense and the chain whole', async () => {
    const calls = doors.map(callerOf)
    const [call = callerOf(stack.url('command-api'))] = calls
    const { body } = await call('POST', '/api/conversations', { body: { widgetId: place.widgetId } })
    const path = `/api/conversations/${body.id}/messages`
    const written: string[] = []
    const writer = async (n: number) => {
      for (let turn = 0; turn < 6; turn++) {
        const content = `writer ${n}, ${turn}`
        for (;;) {
          const door = calls[(n + turn) % calls.length] ?? call
          const headers = { 'idempotency-key': `writer-${n}-${turn}` }
          const { status } = await door('POST', path, { body: { content }, headers })
          if (status === 201) break
          assert.equal(status, 409, 'a writer that loses is told to try again')
        }
        written.push(content)
      }
    }
    await Promise.all(Array.from({ length: 50 }, (_, n) => writer(n)))
    const last = await call('POST', path, { body: { content: 'the end' } })
    assert.equal(last.headers.etag, `"${written.length + 1}"`)
    const verified = JSON.parse(await run(stack, 'infra/ops/verify.js', '--json'))
    assert.equal(verified.ok, true)
  })

  it('leave one message of 100 parallel retries that reach both, and a whole chain', async () => {
    const calls = doors.map(callerOf)
    const [call] = calls
    assert(call)
    const { body } = await call('POST', '/api/conversations', { body: { widgetId: place.widgetId } })
    const path = `/api/conversations/${body.id}/messages`
    // Both processes know the conversation before they race.
    for (const door of calls) await door('POST', path, { body: { content: 'before' } })
    for (let round = 0; round < 5; round++) {
      const headers = { 'idempotency-key': `round-${round}` }
      const retries = Array.from({ length: 100 }, (_, n) =>
        calls[n % 2]?.('POST', path, { body: { content: 'once' }, headers }),
      )
      const answers = await Promise.all(retries)
      for (const answer of answers) assert.deepEqual([answer?.status, answer?.body], [201, answers[0]?.body])
      for (const door of calls) await door('POST', path, { body: { content: 'after' } })
    }
    const last = await call('POST', path, { body: { content: 'the end' } })
    assert.equal(last.headers.etag, `"${1 + 2 + 5 * 3}"`)
    const verified = JSON.parse(await run(stack, 'infra/ops/verify.js', '--json'))
    assert.equal(verified.ok, true)
  })

  it('refuse what is not allowed on the state as it is, not as one of them remembers it', async () => {
    const [first, other] = doors.map(callerOf)
    assert(first && other)
    const { body } = await first('POST', '/api/conversations', { body: { widgetId: place.widgetId } })
    const at = (action: string) => `/api/conversations/${body.id}/${action}`
    const { token } = place.agent
    assert.equal((await first('POST', at('close'), { token })).status, 200)
    assert.equal((await other('POST', at('status'), { token, body: { status: 'open' } })).status, 200)
    assert.equal((await first('POST', at('assign'), { token })).status, 200)
    assert.equal((await other('POST', at('close'), { token })).status, 200)
    assert.equal((await first('POST', at('close'), { token })).status, 409)
  })

  it('let one of 20 agents win who claim a conversation at once', async () => {
    const calls = doors.map(callerOf)
    const agents = await Promise.all(Array.from({ length: 20 }, (_, n) => place.hire(`agent-${n}`)))
    for (const call of [...calls, ...calls]) {
      const { body: conversation } = await call('POST', '/api/conversations', { body: { widgetId: place.widgetId } })
      const path = `/api/conversations/${conversation.id}/assign`
      const claim = async ({ id, token }: Person, n: number) => {
        const { status, body } = await (calls[n % 2] ?? call)('POST', path, { token })
        return { id, status, type: body.type, assignedAgentId: body.assignedAgentId }
      }
      const answers = await Promise.all(agents.map(claim))
      const winners = answers.filter(({ status }) => status === 200)
      const losers = answers.filter(({ status }) => status === 409)
      assert.deepEqual([winners.length, losers.length], [1, 19])
      assert(losers.every(({ type }) => type === 'urn:parley:problem:already-assigned'))
      const winner = agents.find(({ id }) => id === winners[0]?.id) ?? place.agent
      assert.equal(winners[0]?.assignedAgentId, winner.id)
      const again = await Promise.all([claim(winner, 0), claim(winner, 1)])
      for (const { status, assignedAgentId } of again) assert.deepEqual([status, assignedAgentId], [200, winner.id])
    }
  })
})
