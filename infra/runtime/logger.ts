import { type Logger as PinoLogger, pino } from 'pino'
import type { Config } from './config.ts'

export type Logger = PinoLogger

/** Never written to a log, at whatever of the first levels of an entry they stand: credentials, and the words of a person. */
const hidden = [
  'password',
  'passwordHash',
  'password_hash',
  'currentPassword',
  'newPassword',
  'csrfToken',
  'secret',
  'token',
  'access_token',
  'accessToken',
  'refresh_token',
  'refreshToken',
  'visitorToken',
  'authorization',
  'Authorization',
  'cookie',
  'content',
  'richMedia',
  'email',
]

const paths = hidden.flatMap((name) => [name, `*.${name}`, `*.*.${name}`, `*.*.*.${name}`])

/**
 * JSON lines on standard output. Of an error only kind, code, message and stack are kept: drivers hang whole rows and connection
 * strings on theirs.
 */
export function createLogger(config: Pick<Config, 'logLevel'>, service: string): Logger {
  return pino({
    level: config.logLevel,
    base: { service, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths, censor: '[hidden]' },
    serializers: { error: describeError, err: describeError },
  })
}

function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { name, message, stack, cause } = error
  const code = 'code' in error ? error.code : undefined
  return { name, code, message, stack, ...(cause === undefined ? {} : { cause: describeError(cause) }) }
}
