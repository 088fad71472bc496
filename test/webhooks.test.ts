import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createLaneLocks } from '../flow-engine/webhooks/lane-locks.ts'
import { createQueueBook } from '../flow-engine/webhooks/queue-book.ts'
import { type Hook, isSigned, type Receiver, startReceiver } from '../flow-engine/webhooks/testing/receiver.ts'
import { eventually } from '../infra/local/testing/eventually.ts'
import { createLogger } from '../infra/runtime/logger.ts'
import { createPool } from '../infra/runtime/postgres-pool.ts'
import { createRedis, redisReady } from '../infra/runtime/redis.ts'
import { run } from './command.ts'
import { type House, openHouse } from './house.ts'

type Json = Record<string, unknown>

describe('outgoing webhooks', function () {
  this.timeout(90_000)
  let house: House
  let receiver: Receiver
  const lines: string[] = []

  before(async () => {
    receiver = await startReceiver()
    const env = {
      OUTBOUND_PRIVATE: 'on',
      // Each delivery is told of.
      LOG_LEVEL: 'debug',
      FLOW_WORKERS: '2',
      WEBHOOK_ATTEMPTS: '4',
      WEBHOOK_RETRY_MS: '40',
      WEBHOOK_TIMEOUT_MS: '1000',
    }
    house = await openHouse(env, (name, line) => name.startsWith('flow-engine') && lines.push(`${name} ${line}`))
  })
  after(async () => {
    await house.stack.stop()
    await receiver.close()
  })

  const ask = async (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, status: number, body?: unknown) => {
    const answer = await house.call(method, `/api/webhooks${path}`, { token: house.adminToken, body })
    assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  /** A webhook on a hook of the receiver, that is sent messages; `secret` is what it was shown. */
  const subscribe = async (hook: Hook, events = ['message.sent']) => {
    const made = await ask('POST', '', 201, { url: hook.url, events })
    return { id: String(made.id), secret: String(made.secret) }
  }
  const begin = async () => {
    const body = { widgetId: house.demo.widgetId, visitorId: `visitor-${Math.random()}` }
    const started = await house.call('POST', '/api/conversations', { body })
    assert.equal(started.status, 201)
    return { id: String(started.body.id), token: String(started.body.visitorToken) }
  }
  const say = async (conversation: { id: string; token: string }, ...words: string[]) => {
    for (const content of words) {
      const path = `/api/conversations/${conversation.id}/messages`
      const said = await house.call('POST', path, { token: conversation.token, body: { content } })
      assert.equal(said.status, 201, JSON.stringify(said.body))
    }
  }
  const words = (payloads: Hook['taken'], conversation: { id: string }) =>
    payloads.filter(({ conversationId }) => conversationId === conversation.id).map(({ data }) => data.content)
  const deliveries = async (id: string, query = ''): Promise<Json[]> => {
    const { data } = await ask('GET', `/${id}/deliveries${query}`, 200)
    return data as Json[]
  }
  /** The first try of every third delivery. */
  const failsAtFirst = (hook: Hook, { id }: Hook['taken'][number]) =>
    Number.parseInt(id.slice(0, 4), 16) % 3 === 0 &&
    hook.received.filter(({ payload }) => payload.id === id).length === 1
      ? 503
      : 200
  const hasOne = (ids: Iterable<string>, line: string) => [...ids].some((id) => line.includes(id))
  const numbered = (count: number) => Array.from({ length: count }, (_, index) => `number ${index}`)

  it('are sent what happens, signed, and nothing that they are not subscribed to', async () => {
    const hook = receiver.hook('signed')
    const { id, secret } = await subscribe(hook, ['conversation.started', 'message.sent'])
    assert.match(secret, /^whsec_.{40,}$/)
    const conversation = await begin()
    await say(conversation, 'Hello', 'again')
    const tagged = await house.call('POST', `/api/conversations/${conversation.id}/tags`, {
      token: house.agentToken,
      body: { tag: 'vip' },
    })
    assert.equal(tagged.status, 200, JSON.stringify(tagged.body))
    await eventually(() => assert.deepEqual(words(hook.taken, conversation), [undefined, 'Hello', 'again']))
    for (const one of hook.received) assert.ok(isSigned(one, secret))
    const [started, hello] = hook.taken.filter(({ conversationId }) => conversationId === conversation.id)
    assert.deepEqual([started?.event, started?.revision, hello?.event], ['conversation.started', 0, 'message.sent'])
    assert.equal(hello?.workspaceId, house.demo.workspaceId)
    assert.equal(hello?.actor.kind, 'visitor')
    assert.match(hello?.position ?? '', /^\d+\/\d+$/)
    assert.equal(hook.received[0]?.headers['parley-delivery'], hook.received[0]?.payload.id)
    assert.ok(!JSON.stringify(await ask('GET', `/${id}`, 200)).includes(secret), 'the secret is shown once')

    await eventually(async () => {
      const listed = await deliveries(id, `?conversationId=${conversation.id}&status=delivered&event=message.sent`)
      assert.equal(listed.length, 2)
      assert.deepEqual([listed[1]?.id, listed[1]?.lastStatus, listed[1]?.tries], [hello?.id, 204, 1])
    })
    assert.equal((await deliveries(id, `?search=${hello?.id.slice(0, 8)}`)).length, 1)
    const first = await ask('GET', `/${id}/deliveries?limit=1`, 200)
    const second = await ask('GET', `/${id}/deliveries?limit=1&cursor=${first.nextCursor}`, 200)
    assert.notDeepEqual(first.data, second.data)
  })

  it('are signed with both secrets while the new one is new', async () => {
    const hook = receiver.hook('rotated')
    const { id, secret } = await subscribe(hook)
    const rotated = await ask('POST', `/${id}/rotate-secret`, 200)
    const { deliveryId } = await ask('POST', `/${id}/test`, 202)
    const ping = await eventually(() => {
      const found = hook.received.find(({ payload }) => payload.id === deliveryId)
      assert.ok(found)
      return found
    })
    assert.equal(ping.payload.event, 'ping')
    assert.ok(isSigned(ping, secret) && isSigned(ping, String(rotated.secret)))
    assert.ok(!isSigned(ping, 'whsec_other'))
  })

  it('keep the order within a conversation while some fail, hang, redirect or answer slowly; others do not wait', async () => {
    const hook = receiver.hook('unruly')
    await subscribe(hook)
    const failures: (number | undefined)[] = [500, undefined, 302]
    hook.answer = (payload, response) => {
      if (payload.data.content !== 'number 1' || failures.length === 0) return failsAtFirst(hook, payload)
      response.setHeader('location', `http://127.0.0.1:${receiver.port}/elsewhere`)
      return failures.shift()
    }
    const [held, free] = [await begin(), await begin()]
    await say(held, ...numbered(6))
    await say(free, 'not held')
    await eventually(() => assert.deepEqual(words(hook.taken, free), ['not held']))
    await eventually(() => {
      const taken = words(hook.taken, held)
      assert.deepEqual(taken, numbered(6))
    }, 20_000)
    const ids = hook.received
      .filter(({ payload }) => payload.data.content === 'number 1')
      .map(({ payload }) => payload.id)
    assert.ok(ids.length >= 4 && new Set(ids).size === 1, 'every try has the same id')
  })

  it('give up what fails too often, go on behind it, and send it again when somebody says so', async () => {
    const hook = receiver.hook('dead')
    const { id } = await subscribe(hook)
    let broken = true
    hook.answer = ({ data }) => (broken && data.content === 'bad' ? 500 : 200)
    const conversation = await begin()
    await say(conversation, 'good', 'bad', 'better')
    await eventually(() => assert.deepEqual(words(hook.taken, conversation), ['good', 'better']), 20_000)
    const [dead] = await eventually(async () => {
      const found = await deliveries(id, '?status=dead')
      assert.equal(found.length, 1)
      return found
    })
    assert.deepEqual([dead?.tries, dead?.lastStatus, dead?.lastError], [4, 500, 'It answered 500.'])
    const listed: Json[] = JSON.parse(await run(house.stack, 'flow-engine/webhooks/cli.js', '--json'))
    assert.equal(listed.find(({ webhookId }) => webhookId === id)?.dead, 1)
    assert.match(await run(house.stack, 'flow-engine/webhooks/cli.js', 'dead', id), /It answered 500/)
    const metrics = await (await fetch(`${house.stack.url('flow-engine')}/metrics`)).text()
    assert.match(metrics, /^webhook_dead_letters\{.*\} 1$/m)
    assert.equal(lines.filter((line) => line.includes('a delivery to a webhook was given up')).length, 1)

    broken = false
    await ask('POST', `/${id}/deliveries/${dead?.id}/retry`, 202)
    await eventually(() => assert.deepEqual(words(hook.taken, conversation), ['good', 'better', 'bad']))
    broken = true
    await say(conversation, 'bad')
    const again = await eventually(async () => {
      const [found] = await deliveries(id, '?status=dead')
      assert.ok(found)
      return found
    }, 20_000)
    broken = false
    const done = JSON.parse(await run(house.stack, 'flow-engine/webhooks/cli.js', 'retry', '--json'))
    assert.deepEqual(done, { done: [again.id], missing: [] })
    await eventually(() => assert.equal(words(hook.taken, conversation).length, 4))
  })

  it('send again from a position, a time and a delivery, in order and under the same ids', async () => {
    const hook = receiver.hook('again')
    const { id } = await subscribe(hook)
    const conversation = await begin()
    await say(conversation, ...numbered(4))
    const own = () => hook.taken.filter(({ conversationId }) => conversationId === conversation.id)
    const settled = () =>
      eventually(async () => {
        const listed = await deliveries(id, `?conversationId=${conversation.id}&status=delivered`)
        assert.equal(listed.length, 4)
      })
    await settled()
    const before = own()
    const ids = before.map((one) => one.id)
    for (const [from, first] of [
      [before[1]?.position, 1],
      [before[2]?.id, 2],
      // All of the workspace, also what happened before there was this webhook.
      ['2026-01-01T00:00:00Z', 0],
    ] as const) {
      hook.taken = []
      await ask('POST', `/${id}/redeliver`, 202, { from })
      await eventually(() => {
        const taken = own().map((one) => one.id)
        assert.deepEqual(taken, ids.slice(first))
      })
      await settled()
    }
    assert.ok(hook.taken.length > 4)
    const wrong = ['yesterday', '2026-13-01', '1/99999999999999999999']
    for (const from of [...wrong, '9999-01-01T00:00:00Z', '9999999999999/9999999999999'])
      await ask('POST', `/${id}/redeliver`, 400, { from })
    await ask('POST', `/${id}/redeliver`, 404, { from: '00000000-0000-4000-8000-000000000000' })
  })

  it('have no words any more that were erased, also when they are sent again', async () => {
    const hook = receiver.hook('erased')
    const { id } = await subscribe(hook, ['message.sent', 'contact.erased'])
    const conversation = await begin()
    await say(conversation, 'something private')
    await eventually(() => assert.deepEqual(words(hook.taken, conversation), ['something private']))
    const [sent] = hook.taken.filter(({ conversationId }) => conversationId === conversation.id)
    const seen = await house.call('GET', `/api/conversations/${conversation.id}`, { token: house.adminToken })
    const { contactId } = seen.body
    const erased = await house.call('DELETE', `/api/contacts/${contactId}`, { token: house.adminToken })
    assert.ok(erased.status < 300, JSON.stringify(erased.body))
    await eventually(() =>
      assert.ok(hook.taken.some(({ event, data }) => event === 'contact.erased' && data.contactId === contactId)),
    )
    await ask('POST', `/${id}/deliveries/${sent?.id}/retry`, 202)
    await eventually(() => assert.deepEqual(words(hook.taken, conversation), ['something private', '[erased]']))
  })

  it('are turned off by 410, and sent nothing while they are off or when they are gone', async () => {
    const hook = receiver.hook('gone')
    const { id } = await subscribe(hook)
    hook.answer = () => 410
    const conversation = await begin()
    await say(conversation, 'one', 'two')
    await eventually(async () => {
      const { active, disabledReason } = await ask('GET', `/${id}`, 200)
      assert.deepEqual([active, disabledReason], [false, 'Its receiver answered 410 Gone.'])
    })
    assert.equal(hook.received.length, 1)
    hook.answer = () => 200
    await ask('PATCH', `/${id}`, 200, { active: true })
    await say(conversation, 'three')
    await eventually(() => assert.deepEqual(words(hook.taken, conversation).at(-1), 'three'))
    hook.answer = () => 500
    await say(conversation, 'four')
    await eventually(async () => assert.equal((await deliveries(id, '?status=retrying')).length, 1))
    await ask('DELETE', `/${id}`, 204)
    await eventually(() => ask('GET', `/${id}/deliveries`, 404))
    await eventually(async () => {
      const listed: Json[] = JSON.parse(await run(house.stack, 'flow-engine/webhooks/cli.js', '--json'))
      assert.ok(!listed.some(({ webhookId }) => webhookId === id))
    })
  })

  it('get everything, in order, from two processes, though Redis is flushed and one or both are killed in the middle', async () => {
    const hook = receiver.hook('crash')
    await subscribe(hook)
    const [atOnce, overlaps] = [new Map<string, number>(), new Set<string>()]
    hook.answer = (payload, response) => {
      const id = String(payload.conversationId)
      const busy = (change: number) => atOnce.set(id, (atOnce.get(id) ?? 0) + change).get(id) ?? 0
      if (busy(1) > 1) overlaps.add(id)
      response.once('close', () => busy(-1))
      return failsAtFirst(hook, payload)
    }
    const conversations = await Promise.all(Array.from({ length: 8 }, begin))
    const redis = createRedis(house.stack.config, createLogger({ logLevel: 'silent' }, 'test'), 'test')
    assert.ok(await redisReady(redis, 3000))
    const disturb = async (at: number) => {
      if (at === 3) await house.stack.kill('flow-engine', 'SIGKILL', 0)
      if (at === 6) await redis.flushall()
      if (at === 9) {
        await house.stack.kill('flow-engine', 'SIGKILL', 1)
        await house.stack.start('flow-engine')
      }
    }
    await Promise.all(
      conversations.map(async (conversation, index) => {
        for (const [at, content] of numbered(12).entries()) {
          await say(conversation, content)
          if (index === 0) await disturb(at)
        }
      }),
    )
    redis.disconnect()
    await house.stack.waitReady('flow-engine')
    await eventually(() => {
      for (const conversation of conversations) {
        const taken = words(hook.taken, conversation)
        // A try whose outcome the killed process could not note any more comes once more, under its id, before the next.
        assert.deepEqual(
          taken.filter((one, index) => one !== taken[index - 1]),
          numbered(12),
        )
      }
    }, 60_000)
    const ids = new Map(
      hook.received.map(({ payload }) => [`${payload.conversationId} ${payload.data.content}`, payload.id]),
    )
    for (const { payload } of hook.received)
      assert.equal(payload.id, ids.get(`${payload.conversationId} ${payload.data.content}`))
    assert.deepEqual([...overlaps], [], 'nothing is sent before what came before it is answered')
    const own = lines.filter((line) => line.includes('"delivered to a webhook"') && hasOne(ids.values(), line))
    for (const name of ['flow-engine-0', 'flow-engine-1'])
      assert.ok(
        own.some((line) => line.startsWith(name)),
        `${name} has delivered something`,
      )
  })

  it('are worked by one process at a time, lane by lane, and by the next when it dies', async () => {
    const pools = ['one', 'two'].map((name) => {
      const lost = () => undefined
      return createPool(house.stack.config.databaseUrl, { name, connections: 2, lost })
    })
    const [one, two] = pools.map((pool) => createLaneLocks(pool))
    assert.ok(one !== undefined && two !== undefined)
    let lost: AbortSignal | undefined
    await one.whileMine('lane', async (signal) => {
      lost = signal
      assert.equal(await two.whileMine('lane', async () => 'mine'), undefined)
      assert.equal(await one.whileMine('lane', async () => 'mine'), undefined)
      assert.equal(await two.whileMine('another', async () => 'mine'), 'mine')
      const kill = `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'parley one'`
      await pools[1]?.query(kill)
      assert.equal(
        await eventually(async () => (await two.whileMine('lane', async () => 'mine')) ?? assert.fail()),
        'mine',
      )
    })
    assert.ok(lost?.aborted, 'who has lost the lock is told')
    assert.equal(await one.whileMine('lane', async () => 'mine'), 'mine')
    for (const locks of [one, two]) locks.close()
    await Promise.all(pools.map((pool) => pool.end()))
  })

  it('are queued by who leads, and not by one who was overtaken', async () => {
    const { databaseUrl } = house.stack.config
    const pool = createPool(databaseUrl, { name: 'test', connections: 1, lost: () => undefined })
    await assert.rejects(createQueueBook(pool).commit([], { commit: 0n, prepare: 0n }), /no longer leads/)
    await pool.end()
  })

  it('never have a secret in the log', () => {
    assert.ok(lines.length > 0)
    assert.ok(!lines.some((line) => line.includes('whsec_')))
  })
})

describe('outgoing webhooks, where private addresses are refused', function () {
  this.timeout(60_000)
  let house: House
  before(async () => {
    house = await openHouse({ WEBHOOK_ATTEMPTS: '2', WEBHOOK_RETRY_MS: '20' })
  })
  after(() => house.stack.stop())

  it('do not lead there: refused when saved, and when the name of a host turns out to stand for one', async () => {
    let asked = 0
    const server = createServer((_, response) => {
      asked += 1
      response.end()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const create = (url: string) =>
      house.call('POST', '/api/webhooks', { token: house.adminToken, body: { url, events: ['*'] } })
    for (const url of [
      `http://127.0.0.1:${port}/`,
      'http://169.254.169.254/',
      'http://[::1]/',
      'http://2130706433/',
      'ftp://x.y/',
    ]) {
      const refused = await create(url)
      assert.deepEqual([refused.status, refused.body.type], [400, 'urn:parley:problem:validation'], url)
    }
    const none = await house.call('GET', '/api/webhooks', { token: house.adminToken })
    assert.deepEqual(none.body, [])
    // A public name of 127.0.0.1, or, without DNS, of nothing.
    const made = await create(`http://localtest.me:${port}/`)
    assert.equal(made.status, 201, JSON.stringify(made.body))
    const moved = await house.call('PATCH', `/api/webhooks/${made.body.id}`, {
      token: house.adminToken,
      body: { url: 'http://10.0.0.1/' },
    })
    assert.equal(moved.status, 400)
    const tested = await house.call('POST', `/api/webhooks/${made.body.id}/test`, { token: house.adminToken })
    const path = `/api/webhooks/${made.body.id}/deliveries/${tested.body.deliveryId}`
    await eventually(async () => {
      const { body } = await house.call('GET', path, { token: house.adminToken })
      assert.equal(body.status, 'dead', JSON.stringify(body))
      assert.match(String(body.lastError), /stands for a private|has no address/)
    }, 20_000)
    assert.equal(asked, 0)
    server.close()
  })
})
