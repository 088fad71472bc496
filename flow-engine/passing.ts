import { isOutage } from '../infra/runtime/outage.ts'
import { Rejection, type RejectionCode } from '../schemas/rejection.ts'

const codes: readonly RejectionCode[] = ['unavailable', 'projection-behind', 'conflict', 'rate-limited']

/** Whether another try may do better, since something of ours is away or busy, and nothing is wrong with what was asked. */
export function mayPass(error: unknown): boolean {
  return isOutage(error) || (error instanceof Rejection && codes.includes(error.code))
}
