import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Part } from '../parts/part.ts'
import { StackError } from '../stack-error.ts'
import { backoffMs, MOST_AFTER_READY, STABLE_MS } from './backoff.ts'
import { type Child, describeExit, spawnChild } from './child.ts'
import { forget, identify, remember, signalGroup } from './identity.ts'
import { holderOf, isFree } from './port.ts'

export interface Keeper {
  readonly name: string
  pid(): number | undefined
  start(): Promise<void>
  /** Resolves when the process answers; rejects when it has died and nobody starts it again, or at the limit. */
  waitReady(timeoutMs: number): Promise<void>
  /** A signal that ends processes is waited for; another is only sent. */
  kill(signal: NodeJS.Signals): Promise<void>
  stop(graceMs: number): Promise<void>
  /** At once and without waiting: for a process that must exit itself. */
  abandon(): void
}

export interface KeeperOptions {
  /** Where the ids of running processes are kept, so that a later run finds what this one could not end. */
  runDir: string
  /** Start it again when it dies. */
  restart: boolean
  log: (name: string, line: string) => void
  /** What the keeper itself has to say. */
  note: (text: string) => void
}

const ENDING = new Set<NodeJS.Signals>(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGABRT', 'SIGSEGV'])

/** Keeps one process running. */
export function keep(part: Part, { runDir, restart, log, note }: KeeperOptions): Keeper {
  const record = join(runDir, `${part.name}.json`)
  let child: Child | undefined
  let ready: Promise<void> = Promise.resolve()
  let launching: Promise<void> | undefined
  let again: NodeJS.Timeout | undefined
  let wanted = false
  let failures = 0
  let reason = 'it was not started'

  async function launch(): Promise<void> {
    // What is still held by an earlier run's orphans is freed in here, so the port is looked at afterwards.
    const prepared = await part.prepare()
    await demandPort()
    if (!wanted) return
    const mine = await spawnChild(prepared, (line) => log(part.name, line))
    const identity = identify(mine.pid)
    if (identity !== undefined) remember(record, identity)
    child = mine
    const begun = Date.now()
    let wasReady = false
    ready = becomeReady(mine).then(() => {
      wasReady = true
    })
    // Whoever waits for it is told by waitReady; the supervisor sees the death below.
    ready.catch((error: Error) => {
      reason = error.message
    })
    mine.exit.then((exit) => {
      if (child !== mine) return
      child = undefined
      forget(record)
      reason = `it ended (${describeExit(exit)})${lastWords(mine)}`
      if (!wanted) return
      failures = Date.now() - begun > STABLE_MS ? 1 : failures + 1
      if (wasReady) failures = Math.min(failures, MOST_AFTER_READY)
      if (restart) startLater(`${part.name} ended (${describeExit(exit)})`)
    })
  }

  async function demandPort(): Promise<void> {
    if (await isFree(part.port, part.host)) return
    const holder = holderOf(part.port) ?? 'another process'
    throw new StackError(
      `Port ${part.port}, which ${part.name} needs, is taken by ${holder}. End that, or choose another port with ${part.portSetting}=….`,
    )
  }

  async function becomeReady(mine: Child): Promise<void> {
    let reminder = Date.now() + 15_000
    // Often at first, as most are quick; then seldom, as each question to a server that is starting costs it a line of log.
    for (let waitMs = 30; ; waitMs = Math.min(waitMs * 1.3, 120), await pause(waitMs)) {
      try {
        await part.probe()
        if (mine.exited() !== undefined) throw new Error('it ended')
        await part.settle?.()
        note(`${part.name} is ${failures > 0 ? 'back' : 'ready'} (process ${mine.pid})`)
        return
      } catch (error) {
        const exit = mine.exited()
        const why = error instanceof Error ? error.message : String(error)
        if (exit !== undefined) throw new Error(`it ended (${describeExit(exit)})${lastWords(mine)}`)
        reason = why
        if (Date.now() < reminder) continue
        note(`${part.name} runs (process ${mine.pid}) but is not ready yet: ${why}`)
        reminder = Date.now() + 15_000
      }
    }
  }

  function startLater(why: string): void {
    const waitMs = backoffMs(failures - 1, Math.random())
    note(`${why}; starting it again in ${(waitMs / 1000).toFixed(1)} s`)
    again = setTimeout(() => {
      again = undefined
      start().catch((error: Error) => {
        failures += 1
        reason = error.message
        if (wanted) startLater(`${part.name} cannot start: ${error.message}`)
      })
    }, waitMs)
  }

  function start(): Promise<void> {
    wanted = true
    clearTimeout(again)
    again = undefined
    if (child !== undefined) return Promise.resolve()
    launching ??= launch().finally(() => {
      launching = undefined
    })
    return launching
  }

  async function waitReady(timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs
    const mayCome = (): boolean => child !== undefined || launching !== undefined || (restart && wanted)
    while (mayCome() && Date.now() < deadline) {
      const current = child
      const limit = new AbortController()
      const outcome = await Promise.race([
        ready.then(
          () => 'ready',
          () => 'failed',
        ),
        pause(Math.min(deadline - Date.now(), 60_000), 'late', { signal: limit.signal }).catch(() => 'late'),
      ])
      limit.abort()
      if (outcome === 'ready' && current !== undefined && child === current && current.exited() === undefined) return
      await pause(20)
    }
    throw new StackError(`${part.name} is not ready: ${reason}`)
  }

  async function kill(signal: NodeJS.Signals): Promise<void> {
    const target = child
    if (target === undefined) throw new Error(`${part.name} does not run.`)
    // The polite end means for each part its own: on SIGTERM, Postgres would wait for its clients to leave.
    signalGroup(target.pid, signal === 'SIGTERM' ? part.stopSignal : signal)
    if (ENDING.has(signal)) await target.exit
  }

  async function stop(graceMs: number): Promise<void> {
    wanted = false
    clearTimeout(again)
    // A start under way sees that it is no longer wanted; if it fails, there is nothing to stop.
    await launching?.catch((error: Error) => note(error.message))
    const target = child
    if (target === undefined) return
    signalGroup(target.pid, part.stopSignal)
    const force = setTimeout(() => {
      note(`${part.name} did not stop within ${graceMs / 1000} s: ending it by force`)
      signalGroup(target.pid, 'SIGKILL')
    }, graceMs)
    await target.exit
    clearTimeout(force)
  }

  function abandon(): void {
    wanted = false
    if (child !== undefined) signalGroup(child.pid, 'SIGKILL')
  }

  return { name: part.name, pid: () => child?.pid, start, waitReady, kill, stop, abandon }
}

function lastWords(child: Child): string {
  const words = child.tail().slice(-8).join('\n    ')
  return words === '' ? '' : `. It wrote last:\n    ${words}`
}
