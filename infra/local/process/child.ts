import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface Launch {
  command: string
  args: string[]
  cwd: string
  env: Record<string, string>
  /** Another user to run as; only root can give one. */
  user?: { uid: number; gid: number }
}

export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
}

export interface Child {
  pid: number
  exit: Promise<Exit>
  exited(): Exit | undefined
  /** The last lines it wrote, for saying why it died. */
  tail(): string[]
}

/** Starts a process in a group of its own, so that Ctrl-C reaches only its keeper, who ends all in order. */
export async function spawnChild(launch: Launch, onLine: (line: string) => void): Promise<Child> {
  const { command, args, cwd, env, user } = launch
  const spawned = spawn(command, args, { cwd, env, ...user, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const tail: string[] = []
  for (const stream of [spawned.stdout, spawned.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      tail.push(line)
      if (tail.length > 20) tail.shift()
      onLine(line)
    })
  }
  await started(spawned)
  let ended: Exit | undefined
  const exit = new Promise<Exit>((resolve) => {
    spawned.once('exit', (code, signal) => {
      ended = { code, signal }
      resolve(ended)
    })
  })
  return { pid: spawned.pid ?? 0, exit, exited: () => ended, tail: () => [...tail] }
}

export function describeExit({ code, signal }: Exit): string {
  return signal === null ? `exit code ${code}` : signal
}

function started(spawned: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    spawned.once('spawn', resolve)
    spawned.once('error', reject)
  })
}
