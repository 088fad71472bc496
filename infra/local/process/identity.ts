import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/**
 * A process that cannot be mistaken for another: ids of processes are used again, so the moment of birth belongs to it.
 * Kept in a file, it lets a later run find what an earlier one left behind.
 */
export interface Identity {
  pid: number
  born: string
}

export function identify(pid: number): Identity | undefined {
  const born = birth(pid)
  return born === undefined ? undefined : { pid, born }
}

export function isAlive(identity: Identity): boolean {
  return birth(identity.pid) === identity.born
}

export function remember(file: string, identity: Identity): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.new`, `${JSON.stringify(identity)}\n`)
  renameSync(`${file}.new`, file)
}

/** The process that the file tells of, if it still runs. */
export function recall(file: string): Identity | undefined {
  if (!existsSync(file)) return undefined
  const [, pid, born] = /"pid":(\d+),"born":"([^"]+)"/.exec(readFileSync(file, 'utf8')) ?? []
  if (pid === undefined || born === undefined) return undefined
  const identity = { pid: Number(pid), born }
  return isAlive(identity) ? identity : undefined
}

export function forget(file: string): void {
  rmSync(file, { force: true })
}

/** Asks the process and its group to end, and ends it by force when it has not done so in time. */
export async function end(identity: Identity, signal: NodeJS.Signals, graceMs: number): Promise<void> {
  signalGroup(identity.pid, signal)
  if (await gone(identity, graceMs)) return
  signalGroup(identity.pid, 'SIGKILL')
  if (!(await gone(identity, 5000))) throw new Error(`Process ${identity.pid} does not end, not even by SIGKILL.`)
}

/** Signals the group that the process leads; if it leads none, the process alone. A process that is gone is no error. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  if (!signalled(-pid, signal)) signalled(pid, signal)
}

function signalled(target: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(target, signal)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
    throw error
  }
}

async function gone(identity: Identity, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs
  while (isAlive(identity)) {
    if (Date.now() > deadline) return false
    await pause(20)
  }
  return true
}

/** Undefined when no such process runs; a zombie, which only waits to be reaped, does not run. */
function birth(pid: number): string | undefined {
  if (process.platform === 'linux') return birthFromProc(pid)
  const { stdout } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' })
  const [state, ...started] = (stdout ?? '').trim().split(/\s+/)
  return !state || state.startsWith('Z') ? undefined : started.join(' ')
}

function birthFromProc(pid: number): string | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`)
  // The command, in parentheses, may hold anything; what follows the last parenthesis is regular: see proc(5).
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields === undefined || fields[0] === 'Z' || fields[0] === 'X') return undefined
  const boot = readIfThere('/proc/sys/kernel/random/boot_id')?.trim() ?? ''
  return `${boot}/${fields[19]}`
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    // A process may end between the look and the read: ENOENT before it is opened, ESRCH after.
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH'))
      return undefined
    throw error
  }
}
