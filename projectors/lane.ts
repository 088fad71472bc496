import { setTimeout as sleep } from 'node:timers/promises'
import { type Batch, type Delivered, isUndecodable } from '../infra/runtime/event-store/log.ts'
import { isOutage } from '../infra/runtime/outage.ts'
import { isErasure } from '../schemas/contact/erasure.ts'
import { comparePositions } from '../schemas/envelope.ts'
import { apply, applyCarefully, byStream, type Poison } from './application.ts'
import {
  beginAt,
  type Checkpoint,
  claim,
  claimFree,
  commitAt,
  demandSame,
  Fenced,
  readCheckpoint,
} from './checkpoint.ts'
import type { Generation } from './generation.ts'
import { partOf } from './projection.ts'
import { discardedEvents, park, parkedStreams, parkMore } from './quarantine.ts'
import { dropBehind, noteErasure } from './retired.ts'
import { RowCache } from './row-cache.ts'
import { shardOf } from './shard.ts'
import type { Sql } from './sql.ts'

export interface LaneEvents {
  /** A stream has been parked. */
  parked?: (poison: Poison, lane: Lane) => void
  /** Generations were dropped that had not met an erasure; none of them serves. */
  dropped?: (generations: readonly number[], lane: Lane) => void
}

type Work = (sql: Sql, generation: Generation, events: readonly Delivered[]) => Promise<Poison[]>

/** How many rows a lane keeps in memory: those of the conversations that are busy now. */
const cachedRows = 5000

/** One shard of one generation: takes batches in log order, and moves rows and checkpoint together. */
export class Lane {
  readonly generation: Generation
  readonly shard: number
  readonly #sql: Sql
  readonly #events: LaneEvents
  #checkpoint: Checkpoint
  #parked: ReadonlySet<string> = new Set()
  #discarded: ReadonlySet<string> = new Set()
  #parkedAs = -1
  readonly #rows = new RowCache(cachedRows)
  /** Whether there may be generations that have not met an erasure which this one has. Unknown at first: another may have died owing it. */
  #owesDrop = true
  /** Up to when this lane is known to have applied all that was in the log; ms since the epoch. */
  currentUntil = 0

  private constructor(sql: Sql, generation: Generation, shard: number, checkpoint: Checkpoint, events: LaneEvents) {
    this.#sql = sql
    this.generation = generation
    this.shard = shard
    this.#checkpoint = checkpoint
    this.#events = events
  }

  /** Takes the shard over: a runner that had it before can commit no more. */
  static async open(sql: Sql, generation: Generation, shard: number, events: LaneEvents = {}): Promise<Lane> {
    return new Lane(sql, generation, shard, await claim(sql, generation, shard), events)
  }

  /** Goes on with a shard that was handed over. Throws Fenced when another runner was first. */
  static async adopt(sql: Sql, generation: Generation, shard: number, events: LaneEvents = {}): Promise<Lane> {
    return new Lane(sql, generation, shard, await claimFree(sql, generation, shard), events)
  }

  /** The same lane on another connection, after an outage; undefined when it is not this runner's any more. */
  async reopened(sql: Sql, generation: Generation): Promise<Lane | undefined> {
    if (generation.number !== this.generation.number) return undefined
    const found = await readCheckpoint(sql, generation, this.shard)
    if (found.epoch !== this.#checkpoint.epoch) return undefined
    const lane = new Lane(sql, generation, this.shard, found, this.#events)
    lane.currentUntil = this.currentUntil
    return lane
  }

  get name(): string {
    return this.generation.projection.name
  }

  get position() {
    return this.#checkpoint.position
  }

  get parkedCount(): number {
    return this.#parked.size
  }

  /** Applies what of a batch is this lane's and new. Throws Fenced, or an outage. */
  async apply(batch: Batch): Promise<void> {
    if (comparePositions(batch.position, this.position) > 0) {
      const mine = batch.events.filter((event) => this.#isMine(event))
      await this.#commit(batch, mine)
    }
    this.currentUntil = batch.caughtUp ? Date.now() : (appendedAt(batch) ?? this.currentUntil)
  }

  close(): Promise<void> {
    return this.#sql.close()
  }

  #isMine(event: Delivered): boolean {
    const { generation, shard } = this
    if (comparePositions(event.position, this.position) <= 0) return false
    if (partOf(generation.projection, event.type) === undefined) return false
    return generation.shards === 1 || shardOf(event.stream, generation.shards) === shard
  }

  #isDiscarded({ stream, revision }: Delivered): boolean {
    return this.#discarded.size > 0 && this.#discarded.has(`${revision}@${stream}`)
  }

  async #commit(batch: Batch, events: readonly Delivered[]): Promise<void> {
    let work: Work = (...asked) => apply(...asked, this.#rows)
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#transact(batch, events, work)
      } catch (error) {
        this.#rows.clear()
        if (isContention(error) && attempt < 10) await this.#backOff(attempt)
        else if (isOutage(error) || error instanceof Fenced || work === applyCarefully) throw error
        else {
          await this.#sql.query('rollback')
          work = applyCarefully
        }
      }
    }
  }

  async #backOff(attempt: number): Promise<void> {
    await this.#sql.query('rollback')
    await sleep(Math.random() * 20 * attempt)
  }

  async #transact(batch: Batch, events: readonly Delivered[], work: Work): Promise<void> {
    const { generation, shard } = this
    const sql = this.#sql
    const found = await beginAt(sql, generation, shard)
    await this.#demandSame(found)
    if (found.parked !== this.#parkedAs) {
      this.#parked = await parkedStreams(sql, generation, shard)
      this.#discarded = await discardedEvents(sql, generation)
      this.#rows.clear()
      this.#parkedAs = found.parked
    }
    const free = events.filter((event) => !this.#parked.has(event.stream) && !this.#isDiscarded(event))
    const held = this.#parked.size === 0 ? [] : events.filter(({ stream }) => this.#parked.has(stream))
    if (held.length > 0) await parkMore(sql, generation, byStream(held))
    const poisons = free.length === 0 ? [] : await work(sql, generation, free)
    for (const poison of poisons) await park(sql, generation, shard, poison, extentOf(poison, free))
    await this.#eraseParked([...held, ...poisons.flatMap((poison) => extentOf(poison, free).held)])
    const { dropped, owes } = await this.#dropBehind(batch)
    const after = { position: batch.position, parked: found.parked + (poisons.length > 0 ? 1 : 0) }
    await commitAt(sql, generation, shard, after)
    this.#checkpoint = { ...after, epoch: found.epoch }
    this.#owesDrop = owes
    this.#rows.keep()
    for (const poison of poisons) this.#events.parked?.(poison, this)
    if (dropped.length > 0) this.#events.dropped?.(dropped, this)
  }

  /**
   * An erasure in a parked stream is applied all the same, to what stands in the tables: words do not wait for somebody to mend a
   * projection. It is applied again in its turn, which changes nothing more; one that cannot be applied is in the alarm with its stream.
   */
  async #eraseParked(held: readonly Delivered[]): Promise<void> {
    const erasures = held.filter(({ type }) => isErasure(type))
    if (erasures.length > 0) await applyCarefully(this.#sql, this.generation, erasures)
  }

  /** Last in a transaction, since to drop tables locks much. */
  async #dropBehind(batch: Batch): Promise<{ dropped: readonly number[]; owes: boolean }> {
    const { generation } = this
    const met = batch.events.findLast(
      ({ type }) => isErasure(type) && partOf(generation.projection, type) !== undefined,
    )
    if (met !== undefined) await noteErasure(this.#sql, generation, met.position)
    const owes = met !== undefined || this.#owesDrop
    if (!owes || generation.state !== 'serving') return { dropped: [], owes }
    const dropped = await dropBehind(this.#sql, generation)
    return { dropped: dropped ?? [], owes: dropped === undefined }
  }

  async #demandSame(found: Checkpoint): Promise<void> {
    try {
      demandSame(found, this.#checkpoint, this.generation, this.shard)
    } catch (error) {
      await this.#sql.query('rollback')
      throw error
    }
  }
}

/** The poison event, and what of the batch follows it in its stream. */
function extentOf({ event }: Poison, events: readonly Delivered[]) {
  const held = events.filter(({ stream, revision }) => stream === event.stream && revision >= event.revision)
  return { held, events: held.length, lastRevision: held.at(-1)?.revision ?? event.revision }
}

function appendedAt({ events }: Batch): number | undefined {
  const last = events.findLast((event) => !isUndecodable(event))
  return last === undefined || isUndecodable(last) ? undefined : Date.parse(last.meta.at)
}

/** Deadlock, or a serialisation failure: the same again succeeds. */
function isContention(error: unknown): boolean {
  return isSqlError(error) && (error.code === '40P01' || error.code === '40001')
}

/** Postgres refused a statement: SQLSTATEs have five characters. */
function isSqlError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code)
}
