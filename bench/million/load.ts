import type { Config } from '../../infra/runtime/config.ts'
import { apply } from '../../projectors/application.ts'
import { type Generation, schemaOf } from '../../projectors/generation.ts'
import { openRegistry } from '../../projectors/registry.ts'
import { projections } from '../../projectors/screens.ts'
import { connect, type Sql } from '../../projectors/sql.ts'
import type { ParleyEvent } from '../../schemas/catalog.ts'
import type { Recorded } from '../../schemas/envelope.ts'
import { chanceOf, idOf } from './chance.ts'
import { told } from './conversation.ts'
import { directoryEvents, phrases, workspaceId } from './workspace.ts'

export interface Size {
  conversations: number
  messagesEach: number
}

/** Conversations of one transaction. */
const together = 200
const year = 365 * 24 * 3_600_000

/**
 * Fills the read models with a history that no log has: made-up events are handed to the projections themselves, without store, sealing
 * and checkpoints. Their tables must be there, and empty. Indexes beside the keys are made when the rows are in. The history ends at
 * `now`, in milliseconds since the epoch, and is a year long.
 */
export async function loadReadModels(
  config: Config,
  { conversations, messagesEach }: Size,
  now: number,
  progress: (share: number) => void,
): Promise<void> {
  const control = await connect(config, 'bench control')
  const registry = await openRegistry(control, new URL(config.readDatabaseUrl).username)
  const generations: { generation: Generation; sql: Sql }[] = []
  for (const projection of projections) {
    const generation = await registry.serving(projection)
    if (generation === undefined) throw new Error(`${projection.name} has no tables: start the projectors first`)
    generations.push({ generation, sql: await connect(config, 'bench loader') })
  }
  const write = (events: readonly Recorded[]) =>
    Promise.all(generations.map(({ generation, sql }) => applied(sql, generation, events)))
  const indexes = await withoutIndexes(control, generations)
  await write(directoryEvents().map(({ stream, event }) => recorded(stream, 0, event, now - year)))
  const chance = chanceOf(2)
  const texts = phrases(200_000)
  for (let from = 0; from < conversations; from += together) {
    const events: Recorded[] = []
    for (let n = from; n < Math.min(from + together, conversations); n++) {
      const startedAt = Math.floor(now - year + (n / conversations) * (year - 3_600_000))
      const { contact, conversation } = told(n, startedAt, messagesEach, texts, chance)
      for (const { stream, happenings } of [contact, conversation]) {
        happenings.forEach(({ event, at }, revision) => {
          events.push(recorded(stream, revision, event, at))
        })
      }
    }
    await write(events)
    progress(Math.min(from + together, conversations) / conversations)
  }
  await control.query("set maintenance_work_mem = '1GB'")
  for (const definition of indexes) await control.query(definition)
  for (const { generation } of generations) {
    for (const { name } of generation.projection.tables) {
      await control.query(`vacuum (analyze) ${schemaOf(generation)}.${name}`)
    }
  }
  await Promise.all([control.close(), ...generations.map(({ sql }) => sql.close())])
}

async function applied(sql: Sql, generation: Generation, events: readonly Recorded[]): Promise<void> {
  await sql.query('begin')
  const poisons = await apply(sql, generation, events)
  if (poisons[0] !== undefined) throw poisons[0].error
  await sql.query('commit')
}

/** Drops what is no key; gives the statements that make it again. */
async function withoutIndexes(sql: Sql, generations: readonly { generation: Generation }[]): Promise<string[]> {
  const definitions: string[] = []
  for (const { generation } of generations) {
    const schema = schemaOf(generation)
    const found = await sql.query<{ name: string; definition: string }>(
      `select indexname as name, indexdef as definition from pg_indexes
       where schemaname = $1 and indexname not in (select conname from pg_constraint)`,
      [schema],
    )
    for (const { name, definition } of found) {
      await sql.query(`drop index ${schema}.${name}`)
      definitions.push(definition)
    }
  }
  return definitions
}

const commandId = idOf('command')

function recorded(stream: string, revision: number, event: ParleyEvent, at: number): Recorded {
  return {
    id: `${stream.slice(-36, -4)}${revision.toString(16).padStart(4, '0')}`,
    stream,
    revision,
    position: { commit: 0n, prepare: 0n },
    type: event.type,
    data: event.data,
    meta: {
      v: 1,
      workspaceId,
      actor: { kind: 'system', id: 'bench' },
      commandId,
      $correlationId: 'bench',
      $causationId: 'bench',
      at: new Date(at).toISOString(),
      prev: '',
      hash: '',
    },
  }
}
