import type pg from 'pg'
import { request } from 'undici'
import type { Stack } from '../../infra/local/stack.ts'
import { createInternalTokens } from '../../infra/runtime/auth/internal-tokens.ts'
import { type Figure, percentile } from '../figure.ts'
import { idOf } from './chance.ts'
import { figureCases } from './figures.ts'
import type { Size } from './load.ts'
import { type Case, listCases } from './queries.ts'
import { workspaceId } from './workspace.ts'

interface Latest {
  id: string
  at: Date
}

const requestsEach = 200

/** The conversations that were busy last. */
export async function latestOf(pool: pg.Pool): Promise<Latest[]> {
  const { rows } = await pool.query<Latest>(
    'select id, activity_at as at from read.conversations where workspace_id = $1 order by activity_at desc limit 1000',
    [workspaceId],
  )
  return rows
}

/** Each query so often through query-api's HTTP, one after the other: p50, p95, p99. */
export async function measureQueries(stack: Stack, size: Size, latest: readonly Latest[]): Promise<Figure[]> {
  const now = latest[0]?.at.getTime() ?? Date.now()
  const ask = await asking(stack)
  const ids = latest.map(({ id }) => id)
  const figures: Figure[] = []
  for (const one of [...listCases(size, now, ids), ...figureCases(now)]) figures.push(await measured(ask, one))
  return figures
}

type Ask = (path: string) => Promise<{ milliseconds: number; found: number }>

async function asking(stack: Stack): Promise<Ask> {
  const tokens = createInternalTokens(stack.config.internalSecret)
  const caller = { kind: 'apiKey' as const, id: idOf('key'), workspaceId, scopes: ['read'] }
  const authorization = `Bearer ${await tokens.issue(caller)}`
  return async (path) => {
    const began = performance.now()
    const { statusCode, headers, body } = await request(`${stack.url('query-api')}${path}`, {
      headers: { authorization },
    })
    const text = await body.text()
    const milliseconds = performance.now() - began
    if (statusCode !== 200) throw new Error(`GET ${path} answered ${statusCode}: ${text}`)
    if (!String(headers['content-type']).includes('json')) return { milliseconds, found: 1 }
    const { data }: { data?: unknown[] } = JSON.parse(text)
    return { milliseconds, found: data?.length ?? 1 }
  }
}

async function measured(ask: Ask, { name, path, most }: Case): Promise<Figure> {
  for (let n = 0; n < 20; n++) await ask(path(n))
  const times: number[] = []
  let found = 0
  for (let n = 0; n < requestsEach; n++) {
    const answer = await ask(path(n))
    times.push(answer.milliseconds)
    found += answer.found
  }
  return {
    name,
    unit: ' ms',
    ours: percentile(times, 0.95),
    aim: most === undefined ? {} : { most },
    notes: {
      p50: percentile(times, 0.5),
      p99: percentile(times, 0.99),
      most: Math.max(...times),
      found: found / requestsEach,
    },
  }
}
