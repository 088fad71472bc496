import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import pg from 'pg'
import type { Stack } from '../../infra/local/stack.ts'
import type { Api } from '../../infra/ops/import/api.ts'
import { type Acknowledged, addTo, type Imported } from '../../infra/ops/import/importing.ts'
import { createEventLog } from '../../infra/runtime/event-store/event-log.ts'
import type { EventLog } from '../../infra/runtime/event-store/log.ts'
import { createVault } from '../../infra/runtime/vault/vault.ts'
import { streamOf } from '../../schemas/streams.ts'
import { run } from '../command.ts'

/** Every acknowledged message is in the log exactly once and in order, and nothing beside it. */
export async function compareWithLog(log: EventLog, conversations: readonly Acknowledged[]): Promise<string[]> {
  const wrong: string[] = []
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
      const gap = dense ? '' : ', revisions not dense'
      wrong.push(`${conversationId}: ${messages} acknowledged, ${count} in the log${gap}`)
    }
  }
  return wrong
}

/** Of some conversations: what is served equals what is folded from the log at the same revision. */
export async function compareFolds(
  api: Api,
  { conversations, position }: Imported,
  most = 60,
): Promise<{ compared: number; wrong: string[] }> {
  const wrong: string[] = []
  const step = Math.max(1, Math.floor(conversations.length / most))
  const chosen = conversations.filter((_, n) => n % step === 0)
  for (const { conversationId } of chosen) {
    const path = `/api/conversations/${conversationId}`
    const served = await api.get(path, position)
    const { revision } = served.body as { revision: number }
    const folded = await api.get(`${path}?at=${revision}`)
    if (!isDeepStrictEqual(served.body, folded.body)) {
      wrong.push(`${conversationId}: ${JSON.stringify(served.body)} served, ${JSON.stringify(folded.body)} folded`)
    }
    const thread = await api.get(`${path}/messages?limit=100`, position)
    const refolded = await api.get(`${path}/messages?limit=100&at=${revision}`)
    if (!isDeepStrictEqual(thread.body, refolded.body)) wrong.push(`${conversationId}: its messages differ`)
  }
  return { compared: chosen.length, wrong }
}

/** Builds every projection again and compares the checksums; and nothing may be parked. */
export async function rebuiltDiffer(stack: Stack): Promise<string[]> {
  const parked: unknown = JSON.parse(await run(stack, 'projectors/cli.js', 'quarantine', 'list', '--json'))
  const wrong = isDeepStrictEqual(parked, []) ? [] : [`parked: ${JSON.stringify(parked)}`]
  try {
    const output = await run(stack, 'projectors/cli.js', 'rebuild', 'all', '--json')
    const report = JSON.parse(output) as { projections: { projection: string; equal: boolean | null }[] }
    const different = report.projections.filter(({ equal }) => equal !== true)
    return [...wrong, ...different.map((one) => `rebuilt: ${JSON.stringify(one)}`)]
  } catch (error) {
    // The command fails when the tables differ.
    return [...wrong, `rebuilt: ${error}`]
  }
}

export async function withLog<T>({ config }: Stack, work: (log: EventLog) => Promise<T>): Promise<T> {
  const pool = new pg.Pool({ connectionString: config.databaseUrl, max: 2 })
  // A killed server breaks idle connections too; whoever asks next is told.
  pool.on('error', () => undefined)
  const log = createEventLog({ config, vault: createVault({ pool, masterKey: config.vaultKey }) })
  try {
    return await work(log)
  } finally {
    await log.close()
    await pool.end()
  }
}
