import pg from 'pg'
import { startStack } from '../../infra/local/stack.ts'
import type { Figure } from '../figure.ts'
import { loadReadModels, type Size } from './load.ts'
import { latestOf, measureQueries } from './measuring.ts'

export interface MillionOptions extends Size {
  /** Where the loaded stores lie, to be measured again; without it, in a temporary folder. */
  dataDir?: string | undefined
  progress(text: string): void
}

/** Queries through query-api's HTTP, one after the other, at a size at which scans would show: p50, p95, p99. */
export async function million({ dataDir, progress, ...size }: MillionOptions): Promise<Figure[]> {
  const stack = await startStack({
    ports: 'free',
    only: ['event-store', 'postgres', 'projectors', 'query-api'],
    env: { NODE_ENV: 'development', LOG_LEVEL: 'error', RATE_LIMITS: 'off' },
    ...(dataDir === undefined ? {} : { dataDir }),
  })
  try {
    await stack.kill('projectors', 'SIGTERM')
    const pool = new pg.Pool({ connectionString: stack.config.databaseUrl, max: 1 })
    if ((await latestOf(pool)).length === 0) {
      let said = 0
      await loadReadModels(stack.config, size, Date.now(), (share) => {
        if (Math.floor(share * 20) > said) progress(`  ${Math.floor(share * 100)} % of the read models loaded\n`)
        said = Math.floor(share * 20)
      })
    }
    const rows = await latestOf(pool)
    await pool.end()
    return await measureQueries(stack, size, rows)
  } finally {
    await stack.stop()
  }
}
