import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))

export type ServerProcess = {
  url: string
  port: number
  pid: number
  /** Ends the process; resolves with its exit code, null after a signal that it could not handle. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

export type ProcessEnd = { code: number | null; stdout: string; stderr: string }

export function temporaryDir(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'event-store-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** Runs `main.ts` and waits for its ready line. `shell` may hold commands to run first, such as `ulimit`. */
export function startProcess(args: string[], shell = ''): Promise<ServerProcess> {
  const child = launch(args, shell)
  const ended = endOf(child)
  return new Promise((resolve, reject) => {
    let output = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      const url = /event store ready on (\S+)/.exec(output)?.[1]
      if (!url || child.pid === undefined) return
      const end = async (signal: NodeJS.Signals): Promise<number | null> => {
        child.kill(signal)
        return (await ended).code
      }
      resolve({ url, port: Number(new URL(url).port), pid: child.pid, end })
    })
    ended.then(({ code, stderr }) => reject(new Error(`the server ended with ${code}: ${stderr}`)), reject)
  })
}

/** Runs `main.ts` to its end. */
export function runProcess(args: string[]): Promise<ProcessEnd> {
  return endOf(launch(args, ''))
}

function launch(args: string[], shell: string): ChildProcess {
  const node = [process.execPath, '--import', 'tsx', MAIN, ...args]
  return spawn('sh', ['-c', `${shell}\nexec "$@"`, 'sh', ...node], { stdio: ['ignore', 'pipe', 'pipe'] })
}

function endOf(child: ChildProcess): Promise<ProcessEnd> {
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, stdout, stderr }))
  })
}
