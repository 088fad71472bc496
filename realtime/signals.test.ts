import assert from 'node:assert/strict'
import { Registry } from 'prom-client'
import { type Stack, startStack } from '../infra/local/stack.ts'
import { createLogger } from '../infra/runtime/logger.ts'
import { createRedis, duplicateRedis, type RedisClient, redisReady } from '../infra/runtime/redis.ts'
import { Meters } from './meters.ts'
import { type Signal, Signals } from './signals.ts'

const key = 'workspace/conversation:1'
const who = { kind: 'agent' as const, id: 'ann' }

describe('signals between instances', () => {
  let stack: Stack
  const connections: RedisClient[] = []

  before(async () => {
    stack = await startStack({ ports: 'free', only: ['redis'], env: { NODE_ENV: 'test' } })
  })
  after(async () => {
    for (const connection of connections) connection.disconnect()
    await stack.stop()
  })

  /** An instance, and what it hears. */
  const open = async () => {
    const logger = createLogger({ logLevel: 'silent' }, 'test')
    const redis = createRedis(stack.config, logger, 'test')
    const listener = duplicateRedis(redis, logger)
    connections.push(redis, listener)
    const heard: Signal[] = []
    const signals = new Signals(redis, listener, logger, new Meters(new Registry()))
    signals.listen((signal) => heard.push(signal))
    assert.ok((await redisReady(redis, 5000)) && (await redisReady(listener, 5000)))
    return { signals, heard, redis, listener }
  }

  const until = async (condition: () => boolean, again: () => void) => {
    const deadline = performance.now() + 15_000
    while (!condition()) {
      assert.ok(performance.now() < deadline, 'did not come in time')
      again()
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  it('reach the others and not oneself, also after Redis was away', async () => {
    const [one, other] = [await open(), await open()]
    const say = () => one.signals.tell({ kind: 'typing', key, who, state: 'started' })
    await until(() => other.heard.length > 0, say)
    assert.deepEqual(other.heard[0], { kind: 'typing', key, who, state: 'started', from: one.signals.self })
    assert.deepEqual(one.heard, [])

    await stack.kill('redis')
    await stack.start('redis')
    await stack.waitReady('redis')
    const before = other.heard.length
    await until(() => other.heard.length > before, say)
  })

  it('pass over what is none', async () => {
    const { heard, redis, signals } = await open()
    const other = await open()
    const publish = async () => {
      for (const text of [
        '{',
        '{}',
        JSON.stringify({ kind: 'here', key, who: { kind: 'king', id: 'x' }, from: 'y' }),
      ]) {
        await redis.publish('parley:realtime', text)
      }
      other.signals.tell({ kind: 'ask', key })
    }
    await until(
      () => heard.length > 0,
      () => void publish(),
    )
    assert.ok(heard.every(({ kind, from }) => kind === 'ask' && from !== signals.self))
  })
})
