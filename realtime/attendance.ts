import type { Logger } from '../infra/runtime/logger.ts'
import type { RedisClient } from '../infra/runtime/redis.ts'
import { type AttendanceAnswer, AttendanceQuestion, attendanceChannel } from '../schemas/realtime/attendance.ts'
import { checkOf } from '../schemas/validator.ts'
import type { Meters } from './meters.ts'
import { roomKey } from './rooms.ts'

export interface AttendanceOptions {
  redis: RedisClient
  /** A connection that subscribes. */
  listener: RedisClient
  logger: Logger
  meters: Meters
  /** By room key. */
  conversations: { get(key: string): { isVisited: boolean } | undefined }
}

const check = checkOf(AttendanceQuestion)

/** Answers whether the visitor of a conversation is connected here; whoever pushes to phones asks (schemas/realtime/attendance.ts). */
export function answerAttendance({ redis, listener, logger, meters, conversations }: AttendanceOptions): void {
  const failed = (error: unknown) => {
    meters.signalFailures.inc()
    logger.debug({ error }, 'a question who is connected was lost')
  }
  const answer = (text: string) => {
    const question = check(JSON.parse(text))
    if (!question.ok) throw new Error(`a question that is none: ${JSON.stringify(question.errors)}`)
    const { id, workspaceId, conversationId, answerTo } = question.value
    const room = conversations.get(roomKey(workspaceId, `conversation:${conversationId}`))
    const said: AttendanceAnswer = { id, here: room?.isVisited ?? false }
    return redis.publish(answerTo, JSON.stringify(said))
  }
  const subscribe = () => void listener.subscribe(attendanceChannel).catch(failed)
  listener.on('message', (channel, text) => {
    if (channel === attendanceChannel) Promise.resolve(text).then(answer).catch(failed)
  })
  listener.on('ready', subscribe)
  if (listener.status === 'ready') subscribe()
}
