import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Batch } from '../../infra/runtime/event-store/log.ts'
import { createReadDatabase } from '../../infra/runtime/postgres.ts'
import { checksumOf } from '../../projectors/checksum.ts'
import { directory } from '../../projectors/directory/directory.ts'
import { type Generation, schemaOf } from '../../projectors/generation.ts'
import { Lane } from '../../projectors/lane.ts'
import type { Projection } from '../../projectors/projection.ts'
import { openRegistry, type Registry } from '../../projectors/registry.ts'
import { connect, transaction } from '../../projectors/sql.ts'
import { statistics } from '../../projectors/statistics/statistics.ts'
import { type Arena, openArena } from '../../projectors/testing/arena.ts'
import type { Analytics } from '../../schemas/analytics.ts'
import { classOf } from '../../schemas/duration-scale.ts'
import { wantedOf } from '../page.ts'
import { createReader, type Reader } from '../reader.ts'
import { dayOn } from '../statistics/calendar.ts'
import { snapshot } from '../statistics/snapshot.ts'
import { conversationStats, messageStats } from '../statistics/statistics.query.ts'
import { adminWidgets, widgetStats } from '../statistics/widget-use.query.ts'
import { analytics } from './analytics.query.ts'
import { type Drill, figureEvents, placeOf } from './events.query.ts'
import { type BlockRow, blocksSql, classesOf, type EdgeRow, edgesSql } from './percentiles.ts'
import { batchOf, cut, run, zones } from './testing/eras.ts'
import { exactPercentile, expectedAnalytics, expectedStats, only, within } from './testing/expected.ts'
import { interleaved, widgets, workspaceEvents, workspaceId } from './testing/histories.ts'
import { activeIn, countedIn, datesUntil, type Local, localised } from './testing/oracle.ts'

describe('the figures', () => {
  let arena: Arena
  let registry: Registry
  let reader: Reader
  let workspaces: string
  let database: ReturnType<typeof createReadDatabase>

  before(async () => {
    arena = await openArena([directory, statistics])
    const { config } = arena.stack
    registry = await openRegistry(arena.sql, new URL(config.readDatabaseUrl).username)
    database = createReadDatabase(config, { name: 'test' })
    reader = createReader(database)
    const known = await filled(directory, [batchOf(workspaceEvents())])
    await transaction(arena.sql, () => registry.serve(known))
    workspaces = `${schemaOf(known)}.workspaces`
  })
  after(async () => {
    await database.destroy()
    await arena.stop()
  })

  async function filled(projection: Projection, batches: readonly Batch[]): Promise<Generation> {
    const generation = await registry.create(projection, 1, 'building')
    const lane = await Lane.open(await connect(arena.stack.config, 'test'), generation, 0)
    for (const batch of batches) await lane.apply(batch)
    await lane.close()
    return generation
  }

  it('are those of a naive count, however the log is cut, in every zone, and agree with each other', async () => {
    await fc.assert(
      fc.asyncProperty(run, async ({ now, stories, days, sizes, chance }) => {
        const log = interleaved(stories, chance)
        const incremental = await filled(statistics, cut(log, sizes))
        const rebuilt = await filled(statistics, [batchOf(log)])
        assert.equal(
          (await checksumOf(arena.sql, incremental)).checksum,
          (await checksumOf(arena.sql, rebuilt)).checksum,
        )
        await transaction(arena.sql, () => registry.serve(incremental))
        const counted = countedIn(log)
        for (const timeZone of zones) {
          await arena.sql.query(`update ${workspaces} set time_zone = $1`, [timeZone])
          const all = localised(counted, timeZone)
          const told = { all, active: activeIn(log), now, timeZone }
          await compareAnalytics({ ...told, days })
          await compareStats(told)
          await compareEvents(told)
        }
        for (const generation of [incremental, rebuilt]) await registry.drop(generation)
      }),
      { numRuns: 10 },
    )
  })

  interface Told {
    all: readonly Local[]
    active: number
    now: number
    timeZone: string
  }

  async function compareAnalytics({ all, active, ...asked }: Told & { days: number }): Promise<void> {
    const { now, timeZone, days } = asked
    const answer = await analytics(reader, { workspaceId, now: new Date(now), days })
    assert.deepEqual(withoutNames(answer), expectedAnalytics(all, active, asked))
    const inside = within(all, datesUntil(now, timeZone, days))
    await compareTimes(answer, 'firstResponse', only(inside, 'firstResponse'))
    await compareTimes(answer, 'resolution', only(inside, 'resolved'))
    for (const measure of ['started', 'resolved'] as const) {
      const total = answer.totals[measure]
      for (const parts of [answer.series, answer.byChannel, answer.bySource]) {
        assert.equal(
          parts.reduce((sum, part) => sum + part[measure], 0),
          total,
        )
      }
    }
    assert.equal(
      answer.heatmap.flat().reduce((sum, n) => sum + n, 0),
      answer.totals.messages.visitor,
    )
  }

  /** The percentiles; and that every duration of the window is in its class, whichever share is asked for. */
  async function compareTimes(answer: Analytics, figure: 'firstResponse' | 'resolution', exact: readonly Local[]) {
    const { p50, p90 } = answer[figure]
    close(p50, exactPercentile(exact, 0.5))
    close(p90, exactPercentile(exact, 0.9))
    const [from, to] = [Date.parse(answer.from), Date.parse(answer.to)]
    const read = { blocks: blocksSql(from, to), edges: edgesSql(from, to) }
    const { blocks, edges } = await snapshot<{ blocks: BlockRow; edges: EdgeRow }>(reader, workspaceId, read)
    const classes = classesOf(figure === 'resolution' ? 'resolved' : figure, blocks, edges)
    const found = [...classes].sort(([a], [b]) => a - b).flatMap(([index, n]) => Array(n).fill(index))
    assert.deepEqual(
      found,
      exact.map(({ value }) => classOf(value)).sort((a, b) => a - b),
    )
  }

  async function compareStats({ all, active, now, timeZone }: Told): Promise<void> {
    const expected = expectedStats(all, active, { now, timeZone })
    const at = new Date(now)
    const asking = { workspaceId, now: at, publicUrl: 'https://chat.example' }
    const conversations = await conversationStats(reader, workspaceId, at)
    assert.deepEqual(conversations, expected.conversations)
    assert.deepEqual(await messageStats(reader, workspaceId, at), expected.messages)
    for (const {
      id,
      conversationsTotal,
      conversationsToday,
      avgResponseTime,
      lastConversationAt,
    } of await adminWidgets(reader, asking)) {
      const use = { conversationsTotal, conversationsToday, avgResponseTime, lastConversationAt }
      assert.deepEqual(use, expected.widget(id))
    }
    const { totalWidgets, activeWidgets } = await widgetStats(reader, asking)
    assert.deepEqual([totalWidgets, activeWidgets], [widgets.length, widgets.length])
    const month = await analytics(reader, { workspaceId, now: at, days: 30 })
    assert.equal(month.series.at(-1)?.started, conversations.todayConversations)
    assert.equal(month.totals.active, conversations.activeConversations)
  }

  /** The day on which most happened, and one agent's and one channel's part in it. */
  async function compareEvents({ all, timeZone }: Told): Promise<void> {
    const [date = ''] = [...all].sort((a, b) => onDay(all, b.date) - onDay(all, a.date)).map((one) => one.date)
    const day = dayOn(date, timeZone)
    assert.ok(day !== undefined)
    const inside = within(all, [date])
    const agentId = inside.find(({ agent }) => agent !== null)?.agent ?? undefined
    for (const part of [{}, { agentId }, { channel: 'widget' }]) {
      const { agentId, channel } = { agentId: undefined, channel: undefined, ...part }
      const own = inside.filter(
        (one) => (agentId === undefined || one.agent === agentId) && (channel === undefined || one.channel === channel),
      )
      for (const figure of ['started', 'resolved', 'firstResponse', 'rating'] as const) {
        const told = await eventsOn({ workspaceId, figure, day, agentId, channel })
        assert.deepEqual(
          told.map(({ eventId }) => eventId).sort(),
          only(own, figure)
            .map(({ eventId }) => eventId)
            .sort(),
        )
        if (figure === 'started') continue
        const unit = figure === 'rating' ? 1 : 1000
        const value = (sum: number, one: { value: number | null }) => sum + (one.value ?? 0)
        assert.equal(Math.round(told.reduce(value, 0) * unit), only(own, figure).reduce(value, 0))
      }
      const talk = await eventsOn({ workspaceId, figure: 'messages', day, agentId, channel })
      const messages = only(own, 'message')
      const conversations = [...new Set(messages.map(({ conversationId }) => conversationId))].sort()
      assert.deepEqual(talk.map(({ conversationId }) => conversationId).sort(), conversations)
      assert.equal(
        talk.reduce((sum, { value }) => sum + (value ?? 0), 0),
        messages.length,
      )
    }
  }

  /** Through all pages, by cursor. */
  async function eventsOn(drill: Drill) {
    const found = []
    let cursor: string | null | undefined
    do {
      const page = await figureEvents(reader, drill, wantedOf({ limit: 3, cursor: cursor ?? undefined }, 50, placeOf))
      found.push(...page.data)
      cursor = page.nextCursor
      assert.equal(page.total >= found.length, true)
    } while (cursor !== null)
    return found
  }
})

/** The answer as the naive count has it. */
function withoutNames({ from: _, to: __, firstResponse, resolution, ...answer }: Analytics) {
  const mean = ({ mean, n }: Analytics['reply']) => ({ mean, n })
  const sorted = <T>(list: readonly T[], key: (one: T) => string) =>
    [...list].sort((a, b) => (key(a) < key(b) ? -1 : 1))
  return {
    ...answer,
    firstResponse: mean(firstResponse),
    resolution: mean(resolution),
    byAgent: sorted(answer.byAgent, ({ agentId }) => agentId).map(({ name: _, ...agent }) => agent),
    byChannel: sorted(answer.byChannel, ({ channel }) => channel),
    bySource: sorted(answer.bySource, ({ channel, sourceId }) => `${channel}/${sourceId ?? ''}`).map(
      ({ name: _, ...source }) => source,
    ),
    byTag: sorted(answer.byTag, ({ tag }) => tag),
  }
}

function close(told: number | null, exact: number | null): void {
  if (told === null || exact === null) assert.equal(told, exact)
  else assert.ok(Math.abs(told - exact) <= exact * 0.01 + 0.001, `${told} s is not within 1 % of ${exact} s`)
}

function onDay(all: readonly Local[], date: string): number {
  return all.filter((one) => one.date === date).length
}
