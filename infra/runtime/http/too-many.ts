import { Rejection } from '../../../schemas/rejection.ts'

/** Over a limit; answered with `Retry-After`. */
export class TooMany extends Rejection {
  readonly retryAfterSeconds: number

  constructor(detail: string, retryAfterSeconds: number) {
    super('rate-limited', `${detail}; try again in ${retryAfterSeconds} s`)
    this.retryAfterSeconds = retryAfterSeconds
  }
}
