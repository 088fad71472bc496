import { createHmac } from 'node:crypto'

/**
 * `t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">`, with one v1 for each secret. The time is signed as well, so that who records
 * a delivery cannot send it for ever.
 */
export function signatureOf(body: string, secrets: readonly string[], now: number): string {
  const t = Math.floor(now / 1000)
  const made = secrets.map((secret) => `v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`)
  return [`t=${t}`, ...made].join(',')
}
