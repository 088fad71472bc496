import { randomUUID } from 'node:crypto'
import type { Logger } from '../../infra/runtime/logger.ts'
import type { RedisClient } from '../../infra/runtime/redis.ts'
import { AttendanceAnswer, type AttendanceQuestion, attendanceChannel } from '../../schemas/realtime/attendance.ts'
import { checkOf } from '../../schemas/validator.ts'

export interface AttendanceOptions {
  redis: RedisClient
  /** A connection that subscribes. */
  listener: RedisClient
  logger: Logger
  /** How long the answers are waited for, in milliseconds. Default 500. */
  waitMs?: number
}

interface Pending {
  answers: number
  /** How many there will be, once that is known. */
  due: number
  settle: (here: boolean) => void
}

const check = checkOf(AttendanceAnswer)

/** Asks every realtime instance whether the end user of a conversation is connected. */
export class Attendance {
  readonly #options: AttendanceOptions
  readonly #answerTo = `${attendanceChannel}:${randomUUID()}`
  readonly #pending = new Map<string, Pending>()
  #subscribed: Promise<unknown> = Promise.resolve()

  constructor(options: AttendanceOptions) {
    this.#options = options
    const { listener } = options
    const subscribe = () => {
      this.#subscribed = listener.subscribe(this.#answerTo)
      this.#subscribed.catch((error: unknown) => this.#doubt(error))
    }
    listener.on('message', (_channel, text) => this.#hear(text))
    listener.on('ready', subscribe)
    if (listener.status === 'ready') subscribe()
  }

  /** True when an instance says so. Where none does, or it cannot be found out, he is as good as away: better a push too many. */
  async isHere(about: { workspaceId: string; conversationId: string }): Promise<boolean> {
    const question: AttendanceQuestion = { id: randomUUID(), ...about, answerTo: this.#answerTo }
    let timer: NodeJS.Timeout | undefined
    const answered = new Promise<boolean>((settle) => {
      this.#pending.set(question.id, { answers: 0, due: Number.POSITIVE_INFINITY, settle })
      timer = setTimeout(() => settle(false), this.#options.waitMs ?? 500)
    })
    try {
      await this.#subscribed
      const due = await this.#options.redis.publish(attendanceChannel, JSON.stringify(question))
      const pending = this.#pending.get(question.id)
      if (pending !== undefined) settleIfAllSaid(Object.assign(pending, { due }))
      return await answered
    } catch (error) {
      this.#doubt(error)
      return false
    } finally {
      clearTimeout(timer)
      this.#pending.delete(question.id)
    }
  }

  #hear(text: string): void {
    try {
      const answer = check(JSON.parse(text))
      if (!answer.ok) throw new Error('an answer that is none')
      const pending = this.#pending.get(answer.value.id)
      if (pending === undefined) return
      pending.answers += 1
      if (answer.value.here) pending.settle(true)
      else settleIfAllSaid(pending)
    } catch (error) {
      this.#doubt(error)
    }
  }

  #doubt(error: unknown): void {
    this.#options.logger.debug({ error }, 'it could not be found out who is connected')
  }
}

function settleIfAllSaid({ answers, due, settle }: Pending): void {
  if (answers >= due) settle(false)
}
