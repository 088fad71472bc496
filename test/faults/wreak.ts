import { spawn, spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePorts } from '../../infra/local/process/port.ts'
import type { ServiceName, Stack } from '../../infra/local/stack.ts'
import { type Fault, victims } from './faults.ts'

export interface Wreaked {
  faults: Record<string, number>
  wrongRivals: string[]
}

export interface WreakOptions {
  say: (line: string) => void
  /** At the moment of each fault. */
  struck: () => void
}

const frozenMs = 5000

/** Carries the faults out, one after the other at random distances; all processes are back when it ends. */
export async function wreak(stack: Stack, plan: readonly Fault[], { say, struck }: WreakOptions): Promise<Wreaked> {
  const faults: Record<string, number> = {}
  const lasting: Promise<string[]>[] = []
  const count = (name: string) => {
    faults[name] = (faults[name] ?? 0) + 1
  }
  const since = Date.now()
  await sleep(500)
  for (const [n, { kind, victim }] of plan.entries()) {
    const at = ((Date.now() - since) / 1000).toFixed(1)
    say(`${at} s, fault ${n + 1} of ${plan.length}: ${kind} ${victim}`)
    struck()
    if (kind === 'kill') {
      // It may be down because of something else, in which case it could not come back if that were not waited for.
      if (stack.pid(victim) === undefined) await stack.waitReady(victim, 60_000)
      await stack.kill(victim, 'SIGKILL')
      count(victim)
      // Often the next one dies while this one is still coming up.
      if (Math.random() < 0.6) await stack.waitReady(victim, 60_000)
    } else if (kind === 'freeze') {
      count(`${victim} frozen`)
      // The next faults strike while it is frozen, and may strike it.
      lasting.push(
        freeze(stack, victim, frozenMs)
          .finally(struck)
          .then(() => []),
      )
    } else {
      count(`${victim} twice`)
      lasting.push(rival(stack))
    }
    await sleep(50 + Math.random() * 450)
  }
  const wrongRivals = (await Promise.all(lasting)).flat()
  for (const name of victims) await stack.waitReady(name, 60_000)
  return { faults, wrongRivals }
}

/** Stops a process with all its children (the backends of Postgres) for a while. */
export async function freeze(stack: Stack, name: ServiceName, ms: number): Promise<void> {
  const pid = stack.pid(name)
  if (pid === undefined) return
  signal(pid, 'SIGSTOP')
  // Stopped, it has no more children than these.
  const children = spawnSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' }).stdout
  const all = [pid, ...children.split('\n').filter(Boolean).map(Number)]
  for (const child of all) signal(child, 'SIGSTOP')
  await sleep(ms)
  for (const child of all) signal(child, 'SIGCONT')
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    // Another fault may have killed it meanwhile.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** A second process of the same shard takes over; the first is started again, takes it back, and this one must end by itself. */
async function rival(stack: Stack): Promise<string[]> {
  const [port] = await freePorts(1)
  const env = { ...stack.env, PROJECTORS_PORT: String(port) }
  const child = spawn(process.execPath, ['dist/projectors/main.js'], { env, stdio: 'ignore' })
  const ended = new Promise<string[]>((resolve) => {
    child.once('exit', (code) => resolve(code === 1 ? [] : [`a second projectors process ended with ${code}`]))
  })
  const limit = new AbortController()
  const late = sleep(60_000, ['a second projectors process lived on beside the first'], { signal: limit.signal })
  const outcome = await Promise.race([ended, late])
  child.kill('SIGKILL')
  limit.abort()
  late.catch(() => undefined)
  return outcome
}
