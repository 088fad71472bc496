import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import type { Stack } from '../infra/local/stack.ts'
import { connect } from '../infra/runtime/event-store/client.ts'
import { createEventLog } from '../infra/runtime/event-store/event-log.ts'
import { readRaw } from '../infra/runtime/event-store/raw.ts'
import { createLogger } from '../infra/runtime/logger.ts'
import { createPool } from '../infra/runtime/postgres-pool.ts'
import { createRedis, type RedisClient, redisReady } from '../infra/runtime/redis.ts'
import { createVault } from '../infra/runtime/vault/vault.ts'

/** All that a running stack holds, as text, by where it lies. */
export interface Dump {
  /** As it is stored. */
  log: string
  /** As our services read it, with the keys that are there. */
  decoded: string
  postgres: string
  redis: string
  blobs: string
}

export async function dumpOf(stack: Stack): Promise<Dump> {
  const [log, decoded, postgres, redis, blobs] = await Promise.all([
    storedLog(stack),
    decodedLog(stack),
    everyTable(stack),
    everyKey(stack),
    everyFile(stack.config.blobsDir),
  ])
  return { log, decoded, postgres, redis, blobs }
}

async function storedLog({ config }: Stack): Promise<string> {
  const client = connect(config.eventStoreUrl)
  const lines: string[] = []
  for await (const { stream, type, data, metadata } of readRaw(client)) lines.push(stream, type, data, metadata)
  await client.dispose()
  return lines.join('\n')
}

async function decodedLog({ config }: Stack): Promise<string> {
  const pool = createPool(config.databaseUrl, { name: 'dump', connections: 2, lost: () => undefined })
  const log = createEventLog({ config, vault: createVault({ pool, masterKey: config.vaultKey }) })
  const lines: string[] = []
  for await (const { events, caughtUp } of log.subscribe({})) {
    lines.push(...events.map((event) => JSON.stringify({ ...event, position: undefined })))
    if (caughtUp) break
  }
  await log.close()
  await pool.end()
  return lines.join('\n')
}

/** Every row of every table of ours, and what Postgres has sampled of them for its planner. */
async function everyTable({ config }: Stack): Promise<string> {
  const client = new pg.Client({ connectionString: config.databaseUrl })
  await client.connect()
  await client.query('analyze')
  const { rows: tables } = await client.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
  )
  const sources = [...tables.map(({ name }) => name), 'pg_stats', 'pg_stats_ext']
  const texts: string[] = []
  for (const name of sources) {
    const { rows } = await client.query<{ row: string }>(`select t::text as row from ${name} t`)
    texts.push(`-- ${name}`, ...rows.map(({ row }) => row))
  }
  await client.end()
  return texts.join('\n')
}

async function everyKey({ config }: Stack): Promise<string> {
  const redis = createRedis(config, createLogger({ logLevel: 'silent' }, 'dump'), 'dump')
  if (!(await redisReady(redis, 5000))) throw new Error('Redis is away')
  const texts: string[] = []
  for (const key of await redis.keys('*')) texts.push(key, JSON.stringify(await heldUnder(redis, key)))
  redis.disconnect()
  return texts.join('\n')
}

/** What DUMP gives may be compressed, and would hide a word. */
async function heldUnder(redis: RedisClient, key: string): Promise<unknown> {
  const type = await redis.type(key)
  switch (type) {
    case 'string':
      return redis.get(key)
    case 'hash':
      return redis.hgetall(key)
    case 'list':
      return redis.lrange(key, 0, -1)
    case 'set':
      return redis.smembers(key)
    case 'zset':
      return redis.zrange(key, '0', '-1')
    case 'stream':
      return redis.xrange(key, '-', '+')
    // Its time was over before it was looked into.
    case 'none':
      return undefined
    default:
      throw new Error(`${key} is a ${type}, which is not looked into`)
  }
}

async function everyFile(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = entries.filter((entry) => entry.isFile())
  const texts = files.map(
    async ({ parentPath, name }) => `${name}\n${await readFile(join(parentPath, name), 'latin1')}`,
  )
  return (await Promise.all(texts)).join('\n')
}
