import { statfs } from 'node:fs/promises'
import { decide, type Outcome, type Write } from './decision.ts'
import { type Committed, Draft, type DraftedEvent } from './draft.ts'
import { type Environment, positionKey } from './environment.ts'
import { isMetastream, originalOf } from './stream-metadata.ts'

/** A write and who waits for its outcome. `bytes` is what it holds in memory while it waits. */
export type WriteJob = { write: Write; bytes: number; answer: (outcome: Outcome) => void }

/** One flush: so many events, so many bytes at most; larger ones would block the event loop. */
const FLUSH_EVENTS = 2000
const FLUSH_BYTES = 2 * 1024 * 1024
/** Beyond this, callers are asked to stop reading from their clients. */
const PRESSURE_BYTES = 64 * 1024 * 1024

/**
 * The only writer. Jobs that arrive while a flush is under way wait, and the next flush takes them all: one LMDB
 * transaction and one fdatasync for many. A job is answered after its flush is on disk, whatever the answer is, since
 * even a refusal may rest on what the same flush writes.
 */
export class Writer {
  private readonly env: Environment
  private readonly committed: Committed
  private readonly log: (line: string) => void
  private readonly onCommit: (events: DraftedEvent[]) => void
  private queue: WriteJob[] = []
  private queuedBytes = 0
  private flushing: Promise<void> | undefined
  private relieved: (() => void)[] = []
  private closed = false
  private failing = false

  constructor(parts: {
    env: Environment
    committed: Committed
    log: (line: string) => void
    onCommit: (events: DraftedEvent[]) => void
  }) {
    this.env = parts.env
    this.committed = parts.committed
    this.log = parts.log
    this.onCommit = parts.onCommit
  }

  submit(job: WriteJob): void {
    if (this.closed) {
      job.answer({ kind: 'failed', message: 'the server is shutting down' })
      return
    }
    this.queue.push(job)
    this.queuedBytes += job.bytes
    this.flushing ??= this.flushAll()
  }

  /** A promise to wait for before more is read from clients, when too much is waiting already. */
  pressure(): Promise<void> | undefined {
    if (this.queuedBytes < PRESSURE_BYTES) return undefined
    return new Promise((resolve) => this.relieved.push(resolve))
  }

  /** Refuses new jobs; resolves when all others are answered. */
  async close(): Promise<void> {
    this.closed = true
    await this.flushing
    if (this.committed.streams.pending.size === 0) return
    try {
      await this.store([])
    } catch (error) {
      // No harm: the next start reads these events from the log.
      this.log(`the index is not up to date: ${await this.explain(error)}`)
    }
  }

  private async flushAll(): Promise<void> {
    while (this.queue.length > 0) {
      // What has reached the sockets by now joins the flush.
      await new Promise((resolve) => setImmediate(resolve))
      await this.flush(this.take())
    }
    this.flushing = undefined
  }

  private take(): WriteJob[] {
    let bytes = 0
    let events = 0
    const enough = this.queue.findIndex((job) => {
      bytes += job.bytes
      events += job.write.kind === 'append' ? job.write.events.length : 1
      return events >= FLUSH_EVENTS || bytes >= FLUSH_BYTES
    })
    const jobs = this.queue.splice(0, enough < 0 ? this.queue.length : enough + 1)
    this.queuedBytes -= bytes
    if (this.queuedBytes < PRESSURE_BYTES) for (const resolve of this.relieved.splice(0)) resolve()
    return jobs
  }

  private async flush(jobs: WriteJob[]): Promise<void> {
    const { draft, decided } = this.draft(jobs)
    try {
      if (draft.events.length > 0) await this.store(draft.events)
    } catch (error) {
      const message = await this.explain(error)
      // Once, not with every flush: a full disk is not helped by a log that grows.
      if (!this.failing) this.log(message)
      this.failing = true
      for (const { job } of decided) job.answer({ kind: 'failed', message })
      return
    }
    if (this.failing && draft.events.length > 0) {
      this.failing = false
      this.log('the event store can write again')
    }
    this.settle(draft)
    for (const { job, outcome } of decided) job.answer(outcome)
    if (draft.events.length > 0) this.onCommit(draft.events)
  }

  /** Decides all jobs. One that cannot be decided is answered and left out, and the others begin again without it. */
  private draft(jobs: WriteJob[]): { draft: Draft; decided: { job: WriteJob; outcome: Outcome }[] } {
    let remaining = jobs
    for (;;) {
      const draft = new Draft(this.committed, this.committed.log.last + 1)
      const decided: { job: WriteJob; outcome: Outcome }[] = []
      const failed = remaining.find((job) => {
        try {
          decided.push({ job, outcome: decide(draft, job.write) })
          return false
        } catch (error) {
          const message = error instanceof Error ? error.message : String(error)
          this.log(`a write to '${job.write.stream}' failed: ${message}`)
          job.answer({ kind: 'failed', message })
          return true
        }
      })
      if (!failed) return { draft, decided }
      remaining = remaining.filter((job) => job !== failed)
    }
  }

  /** One transaction: the flush's events, and from time to time a step of the index. */
  private async store(events: DraftedEvent[]): Promise<void> {
    const { root, log } = this.env
    const { streams } = this.committed
    let indexed: (() => void) | undefined
    await root.batch(() => {
      for (const { position, bytes } of events) log.put(positionKey(position), bytes)
      if (streams.writer.due || events.length === 0) indexed = streams.writer.write(this.committed.log.last)
    })
    indexed?.()
  }

  /** A full disk shows as a short write, which LMDB calls an input/output error: so the space that is left is told. */
  private async explain(error: unknown): Promise<string> {
    // First of all: a promise within the error ends the process if nobody has asked for it by the end of this turn.
    const reason = await reasonOf(error)
    return `the event store cannot write to ${this.env.dataDir} (${await freeSpace(this.env.dataDir)}): ${reason}`
  }

  private settle(draft: Draft): void {
    const { streams, log, metadata, recentIds } = this.committed
    log.committed(draft.events)
    for (const { id, stream, revision, position } of draft.events) {
      streams.committed({ stream, revision, position })
      recentIds.add(id, { stream, revision, position })
      if (isMetastream(stream)) metadata.changed(originalOf(stream))
    }
  }
}

/** lmdb rejects with "see commitError": a promise of the actual reason. */
async function reasonOf(error: unknown): Promise<string> {
  if (!(error instanceof Error)) return String(error)
  if (!('commitError' in error)) return error.message
  try {
    await error.commitError
    return error.message
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause)
  }
}

async function freeSpace(dataDir: string): Promise<string> {
  try {
    const { bavail, bsize } = await statfs(dataDir)
    return `${Math.floor((bavail * bsize) / 2 ** 20)} MiB free`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
