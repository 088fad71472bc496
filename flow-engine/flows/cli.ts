import { createInternalTokens } from '../../infra/runtime/auth/internal-tokens.ts'
import { type Config, readConfig, serviceUrl } from '../../infra/runtime/config.ts'
import type { JobQueue } from '../../infra/runtime/jobs/queue.ts'
import { tableText } from '../../infra/runtime/table-text.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { type Answer, isAll, lookAfter, Misuse, noSuchAction, settled } from '../after-care.ts'
import { withQueue } from '../dead-letters.ts'
import { createServices, type Services } from '../services.ts'
import { anewJob, queueName } from './job.ts'
import type { UnderWay } from './vigil.ts'

const help = `Shows the runs of chat flows that are under way, which of them are stuck, and the jobs that were given up.

  [list]        how many there are, those that are stuck, and dead letters
  active        all that are under way
  dead          dead letters alone
  retry [ID …]  have these runs tried again, or all that are stuck or given up
  end ID …      end these runs: what comes after is for people

  --json    answer in JSON
  --help    this

A run is stuck when it should have gone on more than a minute ago. Dead letters are kept for a week.
`

const stuckMs = 60_000

interface Tools {
  queue: JobQueue
  services: Services
}

function servicesOf(config: Config): Services {
  const tokens = createInternalTokens(config.internalSecret)
  return createServices({
    commandApi: { url: serviceUrl(config, 'commandApi'), tokens },
    queryApi: { url: serviceUrl(config, 'queryApi'), tokens },
  })
}

async function act(tools: Tools, action: string, ids: string[]): Promise<Answer> {
  switch (action) {
    case 'list':
      return list(tools)
    case 'active': {
      const runs = await allOf(tools)
      return { value: runs, text: runs.length === 0 ? 'No run is under way.\n' : runsText(runs) }
    }
    case 'dead': {
      const dead = await deadOf(tools)
      return { value: dead, text: dead.length === 0 ? 'No job has been given up.\n' : deadText(dead) }
    }
    case 'retry':
      return retry(tools, isAll(ids) ? [] : idsOf(ids))
    case 'end':
      if (ids.length === 0) throw new Misuse('Say which: end ID …')
      return end(tools, idsOf(ids))
    default:
      throw noSuchAction(action, help)
  }
}

async function list(tools: Tools): Promise<Answer> {
  const [runs, dead, depth] = await Promise.all([allOf(tools), deadOf(tools), tools.queue.depth()])
  const stuck = runs.filter(isStuck)
  const { ready, active, delayed, oldestMs } = depth
  const counts = [
    `${runs.length} under way, ${stuck.length} stuck, ${dead.length} given up.`,
    `Jobs: ${ready} to be done (the oldest for ${(oldestMs / 1000).toFixed(1)} s), ${active} being done, ${delayed} later.`,
  ]
  const tables = [stuck.length === 0 ? '' : runsText(stuck), dead.length === 0 ? '' : deadText(dead)]
  return {
    value: { active: runs.length, stuck, dead, jobs: depth },
    text: [...counts, ...tables].join('\n').trimEnd().concat('\n'),
  }
}

/** A dead letter is taken out of the queue and done anew; a run without one gets a job. */
async function retry(tools: Tools, ids: readonly string[]): Promise<Answer> {
  const { queue } = tools
  const [runs, dead] = await Promise.all([allOf(tools), deadOf(tools)])
  const wanted = (runId: string, otherwise: boolean) => (ids.length === 0 ? otherwise : ids.includes(runId))
  const letters = dead.filter(({ runId }) => wanted(runId, true))
  for (const { id } of letters) await queue.retry(id)
  const taken = new Set(letters.map(({ runId }) => runId))
  const others = runs.filter((run) => !taken.has(run.id) && wanted(run.id, isStuck(run)))
  await queue.addMany(others.map(({ id, conversationId }) => anewJob(id, conversationId, 'retry')))
  const done = [...taken, ...others.map(({ id }) => id)]
  return settled(ids, done, { word: 'to be tried again', unknown })
}

async function end({ services, queue }: Tools, ids: readonly string[]): Promise<Answer> {
  const done: string[] = []
  const before: string[] = []
  for (const id of ids) {
    try {
      const { wasUnderWay } = await services.endRun(id)
      if (wasUnderWay) done.push(id)
      else before.push(id)
    } catch (error) {
      // What is no id at all is no run either; those after it are ended all the same.
      if (!(error instanceof Rejection && ['not-found', 'validation'].includes(error.code))) throw error
    }
  }
  const over = [...done, ...before]
  for (const { id, data } of await queue.dead()) if (over.includes(String(data.runId))) await queue.discard(id)
  const asked = ids.filter((id) => !before.includes(id))
  const { value, text, code } = settled(asked, done, { word: 'ended', unknown })
  return {
    value: { ...Object(value), before },
    text: `${text}${before.map((id) => `${id} had ended already.\n`).join('')}`,
    code,
  }
}

const unknown = 'is no run that is under way'
const idsOf = (ids: readonly string[]) => ids.map((id) => id.toLowerCase())

async function allOf({ services }: Tools): Promise<UnderWay[]> {
  const patience = { signal: new AbortController().signal, failed: () => undefined, tries: 3 }
  const runs: UnderWay[] = []
  for await (const run of services.runsUnderWay(patience)) runs.push(run)
  return runs
}

async function deadOf({ queue }: Tools) {
  return (await queue.dead()).map(({ id, data, tries, why, diedAt }) => ({
    ...{ id, runId: String(data.runId), kind: String(data.kind), tries, diedAt, why },
  }))
}

const isStuck = ({ until, at }: UnderWay) => Date.parse(until ?? at) < Date.now() - stuckMs

function runsText(runs: readonly UnderWay[]): string {
  const rows = runs.map(({ id, conversationId, until, at }) => [id, conversationId, at, until ?? ''])
  return tableText(['run', 'conversation', 'went on', 'waits until'], rows)
}

function deadText(dead: Awaited<ReturnType<typeof deadOf>>): string {
  const rows = dead.map(({ runId, kind, tries, diedAt, why }) => [runId, kind, String(tries), diedAt, why])
  return tableText(['run', 'job', 'tries', 'given up', 'why'], rows)
}

await lookAfter({
  help,
  act(action, ids) {
    const config = readConfig()
    const services = servicesOf(config)
    return withQueue({ name: queueName, attempts: config.flowAttempts }, (queue) =>
      act({ queue, services }, action, ids),
    )
  },
})
