import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { type ServiceName, type Stack, startStack } from '../../infra/local/stack.ts'
import { readDemoFacts } from '../../infra/ops/demo-facts.ts'
import { Api } from '../../infra/ops/import/api.ts'
import { compare } from '../../infra/ops/import/comparing.ts'
import { type Acknowledged, addTo, type Imported, importFile } from '../../infra/ops/import/importing.ts'
import { createEventLog } from '../../infra/runtime/event-store/event-log.ts'
import { createLogger } from '../../infra/runtime/logger.ts'
import { createVault } from '../../infra/runtime/vault/vault.ts'
import { streamOf } from '../../schemas/streams.ts'
import { callerOf } from '../call.ts'
import { run } from '../command.ts'
import { Watcher } from './watcher.ts'

const victims: readonly ServiceName[] = [
  'event-store',
  'postgres',
  'redis',
  'command-api',
  'query-api',
  'projectors',
  'realtime',
  'gateway',
]

export interface TrialOptions {
  dataDir: string
  file: string
  kills: number
  /** Conversations in each round of the import. */
  round: number
  say: (line: string) => void
}

export interface TrialResult {
  kills: Record<string, number>
  acknowledged: { conversations: number; messages: number; retries: number }
  /** Conversations whose stream in the log is not what was acknowledged: lost, doubled or out of order. */
  wrongInLog: string[]
  /** Conversations that the API gives back otherwise. */
  wrongInApi: string[]
  sockets: { conversations: number; frames: number; reconnects: number; wrong: string[] }
  /** Projections whose tables differ from tables built again from the log. */
  wrongProjections: string[]
  verified: boolean
}

/** Kills processes at random while transcripts are imported and sockets watch, then counts what is there (issue: nothing lost). */
export async function trial(options: TrialOptions): Promise<TrialResult> {
  const { dataDir, say } = options
  const env = { NODE_ENV: 'test', LOG_LEVEL: 'error', RATE_LIMITS: 'off' }
  const stack = await startStack({ dataDir, ports: 'free', restart: true, env })
  try {
    await run(stack, 'infra/gateway/demo.js')
    const demo = await readDemoFacts(stack.config.dataDir)
    const gateway = stack.url('gateway')
    let retries = 0
    const apiKey = demo.importKey
    const api = new Api({ gateway, apiKey, connections: 24, patienceMs: 120_000, onRetry: () => retries++ })
    const call = callerOf(gateway)
    const { body } = await call('POST', '/auth/v1/token?grant_type=password', {
      body: { email: demo.agent.email, password: demo.agent.password },
    })
    const token = String(body.access_token)
    const watchers = Array.from(
      { length: 4 },
      () => new Watcher(`${gateway.replace('http', 'ws')}/realtime`, async () => token),
    )
    for (const watcher of watchers) watcher.start()

    let over = false
    const killing = killAtRandom(stack, watchers, options).finally(() => {
      over = true
    })
    const all: Imported = { conversations: [], messages: 0, position: undefined }
    for (let round = 0; !over; round++) {
      const plan = {
        file: options.file,
        widgetId: demo.widgetId,
        agentId: demo.agent.id,
        since: new Date('2025-01-01'),
        concurrency: 12,
      }
      let n = 0
      const imported = await importFile(
        api,
        { ...plan, limit: options.round, label: `round-${round}` },
        { message: () => undefined, started: (id) => watchers[n++ % (watchers.length * 3)]?.join(id) },
      )
      all.conversations.push(...imported.conversations)
      all.messages += imported.messages
      all.position = imported.position ?? all.position
    }
    const kills = await killing
    say(
      `${all.messages} messages acknowledged in ${all.conversations.length} conversations, ${retries} retries; comparing`,
    )
    for (const name of victims) await stack.waitReady(name, 60_000)
    const wrongInLog = await compareWithLog(stack, all.conversations)
    const comparison = await compare(api, all, 8, () => undefined)
    const sockets = await compareSockets(stack, watchers)
    await api.close()
    const wrongProjections = await rebuiltDiffer(stack)
    const verified = await run(stack, 'infra/ops/verify.js', '--json').then(() => true)
    return {
      kills,
      acknowledged: { conversations: all.conversations.length, messages: all.messages, retries },
      wrongInLog,
      wrongInApi: comparison.examples,
      sockets,
      wrongProjections,
      verified,
    }
  } finally {
    await stack.stop()
  }
}

async function killAtRandom(
  stack: Stack,
  watchers: Watcher[],
  { kills, say }: TrialOptions,
): Promise<Record<string, number>> {
  const killed: Record<string, number> = {}
  const order = Array.from({ length: kills }, (_, n) => victims[n % victims.length] ?? 'gateway')
  shuffle(order)
  await sleep(500)
  for (const [n, name] of order.entries()) {
    watchers[n % watchers.length]?.cut()
    await stack.kill(name, 'SIGKILL')
    killed[name] = (killed[name] ?? 0) + 1
    say(`kill ${n + 1}/${kills}: ${name}`)
    // Now and then the next one dies while this one is still coming up.
    if (Math.random() < 0.8) await stack.waitReady(name, 60_000)
    await sleep(50 + Math.random() * 600)
  }
  for (const name of victims) await stack.waitReady(name, 60_000)
  return killed
}

/** Every acknowledged message is in the log exactly once and in order, and nothing beside it. */
async function compareWithLog(stack: Stack, conversations: readonly Acknowledged[]): Promise<string[]> {
  const wrong: string[] = []
  await withLog(stack, async (log) => {
    for (const { conversationId, messages, digest } of conversations) {
      const found = createHash('sha256')
      let count = 0
      let dense = true
      let revision = -1
      for await (const recorded of log.readStream(streamOf('conversation', conversationId))) {
        dense &&= recorded.revision === ++revision
        if (recorded.type !== 'MessageSent') continue
        const data = recorded.data as { senderType: string; content: string }
        addTo(found, data.senderType, data.content)
        count++
      }
      if (!dense || count !== messages || found.digest('hex') !== digest) {
        wrong.push(
          `${conversationId}: ${messages} acknowledged, ${count} in the log${dense ? '' : ', revisions not dense'}`,
        )
      }
    }
  })
  return wrong
}

/** Each socket has each event of its conversations once and in order. */
async function compareSockets(stack: Stack, watchers: Watcher[]): Promise<TrialResult['sockets']> {
  const result: TrialResult['sockets'] = { conversations: 0, frames: 0, reconnects: 0, wrong: [] }
  await withLog(stack, async (log) => {
    for (const watcher of watchers) {
      for (const [id, seen] of watcher.seen) {
        const expected: string[] = []
        for await (const { id: event } of log.readStream(streamOf('conversation', id))) expected.push(event)
        const deadline = Date.now() + 20_000
        while (seen.length < expected.length && Date.now() < deadline) await sleep(50)
        result.conversations++
        result.frames += seen.length
        const same = seen.length === expected.length && seen.every(({ id: event }, n) => event === expected[n])
        if (!same)
          result.wrong.push(
            `${id}: ${expected.length} in the log, ${seen.map(({ revision }) => revision).join(' ')} seen`,
          )
      }
      result.reconnects += watcher.reconnects
      await watcher.stop()
    }
  })
  return result
}

/** Builds every projection again and compares the checksums. */
async function rebuiltDiffer(stack: Stack): Promise<string[]> {
  const wrong: string[] = []
  for (const name of ['inbox', 'messages', 'statistics', 'directory']) {
    const output = await run(stack, 'projectors/cli.js', 'rebuild', name, '--json')
    const result: { checksumBefore?: string; checksumAfter?: string } = JSON.parse(
      output.trim().split('\n').at(-1) ?? '{}',
    )
    if (result.checksumBefore === undefined || result.checksumBefore !== result.checksumAfter)
      wrong.push(`${name}: ${output.trim()}`)
  }
  return wrong
}

async function withLog<T>({ config }: Stack, work: (log: ReturnType<typeof createEventLog>) => Promise<T>): Promise<T> {
  const pool = new pg.Pool({ connectionString: config.databaseUrl, max: 2 })
  const log = createEventLog({
    config,
    vault: createVault({ pool, masterKey: config.vaultKey }),
    logger: createLogger(config, 'trial'),
  })
  try {
    return await work(log)
  } finally {
    await log.close()
    await pool.end()
  }
}

function shuffle<T>(items: T[]): void {
  for (let n = items.length - 1; n > 0; n--) {
    const other = Math.floor(Math.random() * (n + 1))
    const [a, b] = [items[n], items[other]]
    if (a !== undefined && b !== undefined) [items[n], items[other]] = [b, a]
  }
}
