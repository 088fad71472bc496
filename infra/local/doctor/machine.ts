import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, mkdirSync, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../../runtime/config.ts'
import { findRedis } from '../parts/redis.ts'
import { postgresBinaries } from '../postgres/binaries.ts'
import { postgresUser } from '../postgres/os-user.ts'
import { projectRoot } from '../project.ts'

export interface Finding {
  check: string
  ok: boolean
  found: string
  /** What to do about it. */
  mend?: string
}

const LEAST_FREE_BYTES = 1e9

/** What the machine must have before anything can start. */
export async function machineChecks(config: Config, env: Record<string, string>): Promise<Finding[]> {
  return [
    nodeVersion(),
    packages(),
    build(),
    redisServer(env),
    postgresServer(config, env),
    dataFolder(config),
    clock(),
  ]
}

function nodeVersion(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const ok = major > 20 || (major === 20 && minor >= 19)
  return { check: 'Node', ok, found: process.version, mend: 'Install Node 20.19 or newer.' }
}

function packages(): Finding {
  const ok = setupSays('packages')
  const found = ok ? 'as the lockfile says' : 'not those of package-lock.json'
  return { check: 'npm packages', ok, found, mend: 'make setup' }
}

function build(): Finding {
  const ok = setupSays('build')
  return { check: 'Build', ok, found: ok ? 'up to date' : 'older than the sources', mend: 'make setup' }
}

function setupSays(what: 'packages' | 'build'): boolean {
  return (
    spawnSync('sh', [join(projectRoot(), 'infra/local/setup.sh'), '--check', what], { stdio: 'ignore' }).status === 0
  )
}

function redisServer(env: Record<string, string>): Finding {
  const check = 'Redis server'
  if (env.REDIS_URL !== undefined) return { check, ok: true, found: 'your own (REDIS_URL)' }
  const file = findRedis(env)
  return { check, ok: file !== undefined, found: file ?? 'missing', mend: 'make setup, or set REDIS_URL' }
}

function postgresServer({ dataDir }: Config, env: Record<string, string>): Finding {
  const check = 'Postgres server'
  if (env.DATABASE_URL !== undefined) return { check, ok: true, found: 'your own (DATABASE_URL)' }
  try {
    const user = postgresUser(join(dataDir, 'postgres', 'cluster'))
    const { postgres } = postgresBinaries(user)
    return { check, ok: true, found: user === undefined ? postgres : `${postgres}, as ${user.name}` }
  } catch (error) {
    return {
      check,
      ok: false,
      found: 'does not run here',
      mend: error instanceof Error ? error.message : String(error),
    }
  }
}

function dataFolder({ dataDir }: Config): Finding {
  const check = 'Data folder'
  try {
    mkdirSync(dataDir, { recursive: true })
    accessSync(dataDir, constants.W_OK | constants.X_OK)
    const { bavail, bsize } = statfsSync(dataDir)
    const free = bavail * bsize
    const found = `${dataDir}, ${(free / 1e9).toFixed(1)} GB free`
    return { check, ok: free >= LEAST_FREE_BYTES, found, mend: 'Make room, or choose another folder with DATA_DIR=…' }
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error)
    return { check, ok: false, found, mend: 'Choose a folder that you may write to with DATA_DIR=…' }
  }
}

/** Events are dated by this clock, so one that lags behind what it has already dated is noticed. */
function clock(): Finding {
  const stamp = join(projectRoot(), 'dist/.built')
  const ok = !existsSync(stamp) || statSync(stamp).mtimeMs <= Date.now()
  const found = new Date().toISOString()
  return { check: 'Clock', ok, found: ok ? found : `${found}, before the last build`, mend: 'Set the clock (NTP).' }
}
