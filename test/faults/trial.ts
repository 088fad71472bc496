import type { Stack } from '../../infra/local/stack.ts'
import { Api } from '../../infra/ops/import/api.ts'
import { compare } from '../../infra/ops/import/comparing.ts'
import { type Imported, importFile } from '../../infra/ops/import/importing.ts'
import type { DemoFacts } from '../../schemas/demo.ts'
import { run } from '../command.ts'
import { transcriptFile } from '../transcript-file.ts'
import { Downtime } from './downtime.ts'
import { planOf, victims } from './faults.ts'
import { type Log, withStack } from './stage.ts'
import { compareFolds, compareWithLog, rebuiltDiffer, withLog } from './truth.ts'
import { type Watched, Watchers } from './watchers.ts'
import { wreak } from './wreak.ts'

export interface TrialOptions {
  kills: number
  /** Conversations in each round of the import. */
  round: number
  say: (line: string) => void
  log?: Log
}

export interface TrialResult {
  /** How often each process was killed, frozen (`… frozen`), or started twice (`… twice`). */
  faults: Record<string, number>
  acknowledged: { conversations: number; messages: number; retries: number }
  /** Conversations whose stream in the log is not what was acknowledged: lost, doubled or out of order. */
  wrongInLog: string[]
  /** Conversations that the API gives back otherwise. */
  wrongInApi: string[]
  sockets: Watched
  /** Conversations whose read model is not the fold of their log, of how many that were compared. */
  folds: { compared: number; wrong: string[] }
  /** Projections whose tables differ from tables built again from the log, and streams that they parked. */
  wrongProjections: string[]
  /** Processes that should have given way to another of their kind, and did not. */
  wrongRivals: string[]
  /** How long, after the last fault, requests without a second try went on failing; milliseconds at most. */
  downtime: { write: number; read: number }
  verified: boolean
}

const mostDowntimeMs = 15_000

/** Whatever is not as it must be; empty when all is well. */
export function faultsOf(result: TrialResult): string[] {
  const { wrongInLog, wrongInApi, sockets, folds, wrongProjections, wrongRivals, downtime, verified } = result
  const chain = verified ? [] : ['the chain of the log is broken']
  const late = Object.entries(downtime).filter(([, ms]) => ms > mostDowntimeMs)
  const down = late.map(([deed, ms]) => `a ${deed} went on failing for ${ms} ms`)
  return [wrongInLog, wrongInApi, sockets.wrong, folds.wrong, wrongProjections, wrongRivals, chain, down].flat()
}

/** Kills and freezes processes at random while transcripts are imported and sockets watch, then counts what is there. */
export function trial(options: TrialOptions): Promise<TrialResult> {
  return withStack(options.log, (stack, demo, token) => tried(stack, demo, token, options))
}

async function tried(stack: Stack, demo: DemoFacts, token: string, options: TrialOptions): Promise<TrialResult> {
  const gateway = stack.url('gateway')
  let retries = 0
  const api = new Api({
    gateway,
    apiKey: demo.importKey,
    connections: 32,
    patienceMs: 120_000,
    onRetry: () => {
      retries++
    },
  })
  const watchers = new Watchers(gateway, token)
  const downtime = new Downtime(gateway, demo)
  try {
    let over = false
    const wreaking = wreak(stack, planOf(options.kills), {
      say: options.say,
      struck: () => {
        downtime.struck()
        watchers.cutOne()
      },
    }).finally(() => {
      over = true
    })
    // A failure of the import is told first.
    wreaking.catch(() => undefined)
    const all = await importRounds(stack, api, watchers, options, demo, () => over)
    const wreaked = await wreaking
    options.say(`${all.messages} messages acknowledged in ${all.conversations.length} conversations; comparing`)
    for (const name of victims) await stack.waitReady(name, 60_000)
    const down = await downtime.stop()
    const wrongInLog = await withLog(stack, (log) => compareWithLog(log, all.conversations))
    const { examples } = await compare(api, all, 8, () => undefined)
    const folds = await compareFolds(api, all)
    const [wrongProjections, verified] = await Promise.all([rebuiltDiffer(stack), isIntact(stack, options.say)])
    return {
      ...wreaked,
      acknowledged: { conversations: all.conversations.length, messages: all.messages, retries },
      wrongInLog,
      wrongInApi: examples,
      sockets: await watchers.verdict(),
      folds,
      wrongProjections,
      downtime: down,
      verified,
    }
  } finally {
    await watchers.stop()
    await downtime.stop()
    await api.close()
  }
}

/** One round after the other, each under another name, until the faults are over. */
async function importRounds(
  stack: Stack,
  api: Api,
  watchers: Watchers,
  { round: limit, say }: TrialOptions,
  demo: { widgetId: string; agent: { id: string } },
  isOver: () => boolean,
): Promise<Imported> {
  const all: Imported = { conversations: [], messages: 0, position: undefined }
  const plan = {
    file: transcriptFile(stack.config.dataDir),
    widgetId: demo.widgetId,
    agentId: demo.agent.id,
    since: new Date('2025-01-01'),
    concurrency: 24,
    limit,
  }
  const checks: Promise<void>[] = []
  for (let round = 0; round === 0 || !isOver(); round++) {
    const imported = await importFile(
      api,
      { ...plan, label: `round-${round}` },
      { message: () => undefined, started: (id) => watchers.offer(id) },
    )
    say(`round ${round}: ${imported.messages} messages in ${imported.conversations.length} conversations`)
    checks.push(watchers.check(stack))
    all.conversations.push(...imported.conversations)
    all.messages += imported.messages
    all.position = imported.position ?? all.position
  }
  await Promise.all(checks)
  return all
}

/** Whether every event of the log names the hash of the one before it. */
async function isIntact(stack: Stack, say: (line: string) => void): Promise<boolean> {
  try {
    await run(stack, 'infra/ops/verify.js', '--json')
    return true
  } catch (error) {
    say(String(error))
    return false
  }
}
