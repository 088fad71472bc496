import type { Config } from '../../infra/runtime/config.ts'
import type { EventLog } from '../../infra/runtime/event-store/log.ts'
import { pause } from '../../infra/runtime/event-store/time-limit.ts'
import type { Service } from '../../infra/runtime/http/service-call.ts'
import type { NewJob } from '../../infra/runtime/jobs/queue.ts'
import type { Logger } from '../../infra/runtime/logger.ts'
import type { LogPosition } from '../../schemas/envelope.ts'
import type { Actions } from '../actions/actions.ts'
import { type Checkpoints, keepSaved } from '../checkpoint.ts'
import { type Patience, patiently, together } from '../patience.ts'
import { Progress } from '../progress.ts'
import type { Office } from '../queue-office.ts'
import { flowReactions } from '../reactions/flows.ts'
import { triggerReactions } from '../reactions/triggers.ts'
import { follow } from '../reactor.ts'
import { Between } from './between.ts'
import { Known } from './known.ts'
import type { FlowMeters } from './meters.ts'
import type { FlowOfficeOptions } from './office.ts'
import { runningIn } from './streams.ts'
import { Triggers } from './triggers.ts'
import { keepVigil, type UnderWay } from './vigil.ts'

export interface FlowsOptions {
  config: Config
  log: EventLog
  logger: Logger
  meters: FlowMeters
  checkpoints: Checkpoints
  commandApi: Service
  queryApi: Service
  actions: Actions
  /** All runs that are under way, as of a position of the log. */
  underWay: (patience: Patience, waitFor: LogPosition | undefined) => AsyncIterable<UnderWay>
}

/** There since a flow was activated for the first time: before, neither queue nor Redis is touched, which cost memory. */
const opened = 'flows office'
const lookMs = 2000
/** Conversations of which it is remembered which run answers there. */
const remembered = 50_000

/** The part of this process in the flows: its workers, and while it leads, all that gives them something to do. */
export class Flows {
  readonly #options: FlowsOptions
  #office: Promise<Office> | undefined

  constructor(options: FlowsOptions) {
    this.#options = options
  }

  /** Does steps as soon as there is a flow, whether this process leads or not. */
  async work(patience: Patience): Promise<void> {
    const { checkpoints } = this.#options
    await patiently(() => checkpoints.create(), patience)
    while (!patience.signal.aborted) {
      if ((await patiently(() => checkpoints.load(opened), patience)) !== undefined) return void (await this.#open())
      await pause(lookMs, patience.signal)
    }
  }

  /**
   * Follows the log, queues what there is to do and sees to it that Redis forgets none of it, until the signal aborts. What was before
   * the first start is history, and starts nothing. `settled` is told of each workspace in which a conversation may be assigned now.
   */
  async lead(head: LogPosition | undefined, settled: (workspaceId: string) => void, patience: Patience): Promise<void> {
    const { checkpoints, log, logger, meters } = this.#options
    const moves = await this.#progress('flows', head, patience)
    const starts = await this.#progress('flow triggers', head, patience)
    const triggers = new Triggers({
      ...this.#options,
      now: Date.now,
      started: (by) => meters.triggered.inc({ by }),
    })
    const there = { are: (await patiently(() => checkpoints.load(opened), patience)) !== undefined }
    const between = new Between(Date.now)
    await together(patience.signal, (signal) => {
      let begin: () => void = () => undefined
      const begun = new Promise<void>((resolve) => {
        begin = resolve
        signal.addEventListener('abort', () => resolve())
      })
      if (there.are) begin()
      const now = async (position: LogPosition) => {
        await checkpoints.save(opened, position)
        there.are = true
        begin()
      }
      return [
        follow({
          log,
          logger,
          nouns: ['conversation', 'flow', 'flowRun'],
          reactions: flowReactions(
            {
              between,
              running: new Known(remembered),
              runningIn: (stream, revision) => runningIn(log, stream, revision),
              add: (job) => this.#add(job),
              there: Object.assign(there, { now }),
            },
            { ...patience, signal },
          ),
          progress: moves,
          signal,
        }),
        keepSaved(checkpoints, { name: 'flows', progress: between.settled(moves), logger, signal }),
        // At a pace of its own: what starts by itself must not hold up what is under way.
        follow({
          log,
          logger,
          nouns: ['conversation', 'flow', 'widget'],
          reactions: triggerReactions({ triggers, there, settled, logger }, { ...patience, signal }),
          progress: starts,
          signal,
        }),
        keepSaved(checkpoints, { name: 'flow triggers', progress: starts, logger, signal }),
        begun.then(() => (signal.aborted ? undefined : this.#keepVigil(between, { ...patience, signal }))),
      ]
    })
  }

  async close(): Promise<void> {
    const office = await this.#office
    await office?.close()
  }

  async #progress(name: string, head: LogPosition | undefined, patience: Patience): Promise<Progress> {
    const { checkpoints } = this.#options
    const after = await patiently(() => checkpoints.load(name), patience)
    if (after === undefined && head !== undefined) await patiently(() => checkpoints.save(name, head), patience)
    return new Progress(after ?? head)
  }

  async #add({ id, data, ...time }: NewJob): Promise<void> {
    const { queue } = await this.#open()
    await queue.add(id, data, time)
  }

  async #keepVigil(between: Between, patience: Patience): Promise<void> {
    const { log, underWay } = this.#options
    const { redis, queue } = await this.#open()
    const all = async function* () {
      yield* between.runs()
      yield* underWay(patience, await patiently(() => log.head(), patience))
    }
    await keepVigil({ ...this.#options, redis, queue, underWay: all, patience, now: Date.now })
  }

  #open(): Promise<Office> {
    this.#office ??= this.#openFirst().catch((error: unknown) => {
      this.#office = undefined
      throw error
    })
    return this.#office
  }

  async #openFirst(): Promise<Office> {
    const { openOffice } = await import('./office.ts')
    const { toolsOf } = await import('./tools.ts')
    const options: FlowOfficeOptions = { ...this.#options, ...toolsOf(this.#options) }
    return openOffice(options)
  }
}
