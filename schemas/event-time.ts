import type { Envelope } from './envelope.ts'

type Dated = { data: { occurredAt?: string | undefined }; meta: Pick<Envelope, 'at'> }

const exact = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/** When it happened: for imported history the time in the other system, else when it was appended. To the millisecond, UTC. */
export function eventTime({ data, meta }: Dated): string {
  return utc(data.occurredAt ?? meta.at)
}

export function utc(time: string): string {
  return exact.test(time) ? time : new Date(time).toISOString()
}
