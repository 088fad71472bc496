import { LogUnavailable } from './event-store/log.ts'

/** SQLSTATE classes and codes that speak of the server, not of the statement: connection, shutdown, too many clients, timeouts, deadlock. */
const sqlStates = /^(08...|57P0[1-5]|57014|53...|40001|40P01|25006|55P03)$/

const systemCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'ETIMEDOUT',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'NR_CLOSED',
])

const names = new Set(['KnexTimeoutError', 'MaxRetriesPerRequestError', 'ClusterAllFailedError'])

/** Words of pg and ioredis, where they give neither code nor class. */
const words =
  /^(Connection terminated|Client (has encountered a connection error|was closed) and is not queryable|timeout expired|timeout exceeded when trying to connect|Query read timeout|Connection is closed|Stream isn't writeable|Command timed out|LOADING |READONLY |the database system is)/

/** Whether an error says that a store is away, so that trying again later makes sense. Knows no driver, so that importing it loads none. */
export function isOutage(error: unknown): boolean {
  if (error instanceof LogUnavailable) return true
  if (error instanceof AggregateError && error.errors.some(isOutage)) return true
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return systemCodes.has(code) || sqlStates.test(code) || names.has(error.name) || words.test(error.message)
}
