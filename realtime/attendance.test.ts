import assert from 'node:assert/strict'
import { Registry } from 'prom-client'
import { Attendance } from '../flow-engine/push/attendance.ts'
import { type Stack, startStack } from '../infra/local/stack.ts'
import { eventually } from '../infra/local/testing/eventually.ts'
import { createLogger } from '../infra/runtime/logger.ts'
import { createRedis, duplicateRedis, type RedisClient, redisReady } from '../infra/runtime/redis.ts'
import { attendanceChannel } from '../schemas/realtime/attendance.ts'
import { answerAttendance } from './attendance.ts'
import { Meters } from './meters.ts'

const [workspaceId, conversationId] = ['w', 'c']
const about = { workspaceId, conversationId }

describe('who is connected', () => {
  let stack: Stack
  const connections: RedisClient[] = []

  before(async () => {
    stack = await startStack({ ports: 'free', only: ['redis'], env: { NODE_ENV: 'test' } })
  })
  after(async () => {
    for (const connection of connections) connection.disconnect()
    await stack.stop()
  })

  const logger = createLogger({ logLevel: 'silent' }, 'test')
  const connect = async () => {
    const redis = createRedis(stack.config, logger, 'test')
    const listener = duplicateRedis(redis, logger)
    connections.push(redis, listener)
    assert.ok((await redisReady(redis, 5000)) && (await redisReady(listener, 5000)))
    return { redis, listener, logger }
  }
  const instance = async (rooms: readonly string[]) => {
    const connected = await connect()
    const get = (key: string) => (rooms.includes(key) ? { isVisited: true } : undefined)
    answerAttendance({ ...connected, meters: new Meters(new Registry()), conversations: { get } })
    return connected
  }

  it('is nobody where there is no instance, at once', async () => {
    const attendance = new Attendance({ ...(await connect()), waitMs: 60_000 })
    assert.equal(await attendance.isHere(about), false)
  })

  it('is told by whichever instance knows, and by all where nobody is there', async () => {
    const attendance = new Attendance({ ...(await connect()), waitMs: 60_000 })
    const [, there, other] = [await instance([]), await instance(['w/conversation:c']), await instance([])]
    await eventually(async () => assert.equal(await attendance.isHere(about), true))
    assert.equal(await attendance.isHere({ ...about, conversationId: 'd' }), false)
    assert.equal(await attendance.isHere({ ...about, workspaceId: 'v' }), false)
    await other.redis.publish(attendanceChannel, '{')
    assert.equal(await attendance.isHere(about), true)
    there.listener.disconnect()
    // As long as Redis counts it, its answer is waited for.
    await eventually(async () => {
      const [, count] = await other.redis.pubsub('NUMSUB', attendanceChannel)
      assert.equal(count, 2)
    })
    await eventually(async () => assert.equal(await attendance.isHere(about), false))
  })

  it('is nobody where an instance does not answer in time, and while Redis is away', async () => {
    const attendance = new Attendance({ ...(await connect()), waitMs: 20 })
    const mute = await connect()
    await mute.listener.subscribe(attendanceChannel)
    assert.equal(await attendance.isHere({ ...about, conversationId: 'e' }), false)
    await stack.kill('redis')
    assert.equal(await attendance.isHere(about), false)
  })
})
