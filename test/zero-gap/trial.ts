import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Stack, startStack } from '../../infra/local/stack.ts'
import { LogWriter } from '../../realtime/testing/log-writer.ts'
import { randomFrom } from '../../realtime/testing/random.ts'
import type { Recorded } from '../../schemas/envelope.ts'
import { streamOf } from '../../schemas/streams.ts'
import { type Placed, place } from './seats.ts'
import { goOnAsBrowsersDo } from './uncaught.ts'
import { write } from './writing.ts'

export interface TrialOptions {
  rooms: number
  instances: number
  messages: number
  /** How often the connections of a client are cut. */
  cuts: number
  /** How often an instance is ended, mostly by kill -9, and started again. */
  kills: number
  rhythmMs: number
  seed: number
  say: (line: string) => void
  log?: (name: string, line: string) => void
}

export interface TrialResult {
  seed: number
  clients: number
  messages: number
  events: number
  cuts: number
  kills: number
  /** Connections of all clients. */
  connections: number
  /** What all clients together were told, and were to be told. */
  told: number
  seconds: number
  /** Clients whose log is not what their conversation's stream has for them. */
  wrong: string[]
}

/** How long clients may take to have what the log has, after the last of it was written. */
const patienceMs = 90_000
const workspaceId = randomUUID()

/** Clients of every protocol listen in rooms while their connections are cut and their servers killed; then their logs are compared with the streams. */
export async function trial(options: TrialOptions): Promise<TrialResult> {
  const env = {
    NODE_ENV: 'test',
    LOG_LEVEL: 'warn',
    RATE_LIMITS: 'off',
    REALTIME_FRAME_RATE: '1000',
    REALTIME_INSTANCES: String(options.instances),
  }
  const only = ['event-store', 'postgres', 'redis', 'command-api', 'realtime', 'gateway'] as const
  const { log } = options
  const stack = await startStack({ ports: 'free', only, env, ...(log === undefined ? {} : { log }) })
  const writer = new LogWriter(stack.config)
  try {
    return await tried(stack, writer, options)
  } finally {
    await writer.close()
    await stack.stop()
  }
}

async function tried(stack: Stack, writer: LogWriter, options: TrialOptions): Promise<TrialResult> {
  const { cuts, kills, messages, seed, say } = options
  const random = randomFrom(seed)
  const rooms = await Promise.all(Array.from({ length: options.rooms }, () => writer.start(workspaceId)))
  const placed = await place({ gateway: stack.url('gateway'), config: stack.config, writer }, rooms, random)
  say(`seed ${seed}: ${placed.length} clients in ${rooms.length} rooms on ${options.instances} instances`)
  const begun = performance.now()
  const endUncaught = goOnAsBrowsersDo()
  let written = 0
  const onWritten = () => {
    written += 1
  }
  try {
    for (const { listener } of placed) listener.start()
    const writing = write(writer, { ...options, rooms, random, written: onWritten })
    const isOver = () => written >= messages
    const cutting = spread(
      cuts,
      messages,
      () => written,
      isOver,
      () => cutOne(placed, random),
    )
    const killing = spread(
      kills,
      messages,
      () => written,
      isOver,
      () => killOne(stack, options, random),
    )
    await Promise.all([writing, cutting, killing])
    say(`${written} messages written after ${since(begun)} s; comparing`)
    const streams = new Map<string, Recorded[]>()
    for (const room of rooms) {
      await writer.message(room, 'the last one')
      streams.set(room.id, await streamed(writer, room.id))
    }
    const wrong = await compare(placed, streams)
    const sum = (of: (one: Placed) => number) => placed.reduce((total, one) => total + of(one), 0)
    return {
      seed,
      clients: placed.length,
      messages: written + rooms.length,
      events: [...streams.values()].reduce((total, events) => total + events.length, 0),
      cuts,
      kills,
      connections: sum(({ listener }) => listener.connections),
      told: sum(({ listener }) => listener.log.length),
      seconds: since(begun),
      wrong,
    }
  } finally {
    await Promise.all(placed.map(({ listener }) => listener.stop()))
    await Promise.all(placed.map(({ wire }) => wire.stop()))
    endUncaught()
  }
}

/** Does something so many times, spread over the writing; what is left when that is over, at once. */
async function spread(
  times: number,
  messages: number,
  written: () => number,
  isOver: () => boolean,
  strike: () => Promise<void>,
): Promise<void> {
  for (let time = 0; time < times; time++) {
    while (written() < ((time + 0.5) * messages) / times && !isOver()) await sleep(5)
    await strike()
  }
}

/** Cuts somebody who is connected. */
async function cutOne(placed: readonly Placed[], random: () => number): Promise<void> {
  for (;;) {
    const one = placed[Math.floor(random() * placed.length)]
    if (one?.wire.cut()) return
    await sleep(1)
  }
}

async function killOne(stack: Stack, { instances, say }: TrialOptions, random: () => number): Promise<void> {
  const victim = Math.floor(random() * instances)
  // Now and then it may say goodbye, as when a new version is put in its place.
  const signal = random() < 0.75 ? 'SIGKILL' : 'SIGTERM'
  await stack.kill('realtime', signal, victim)
  say(`${signal} ended realtime-${victim}`)
  await sleep(random() * 300)
  await stack.start('realtime')
  await stack.waitReady('realtime')
}

async function streamed(writer: LogWriter, conversationId: string): Promise<Recorded[]> {
  const events: Recorded[] = []
  for await (const event of writer.log.readStream(streamOf('conversation', conversationId))) events.push(event)
  return events
}

async function compare(placed: readonly Placed[], streams: ReadonlyMap<string, Recorded[]>): Promise<string[]> {
  const deadline = performance.now() + patienceMs
  const wrong: string[] = []
  for (const [index, { room, kind, listener }] of placed.entries()) {
    const expected = (streams.get(room.id) ?? []).flatMap((event) => listener.toldOf(event) ?? [])
    const hasLast = () => listener.log.at(-1) === expected.at(-1)
    while (!hasLast() && performance.now() < deadline) await sleep(20)
    const at = expected.findIndex((told, place) => listener.log[place] !== told)
    if (at < 0 && listener.log.length === expected.length) continue
    const around = listener.log.slice(Math.max(0, at - 2), at + 3)
    const counts = `${listener.log.length} of ${expected.length}, ${listener.connections} connections`
    wrong.push(`client ${index}, ${kind} by ${listener.manner}: ${counts}; at ${at}, for ${expected[at]}: ${around}`)
  }
  return wrong
}

const since = (begun: number) => Math.round((performance.now() - begun) / 100) / 10
