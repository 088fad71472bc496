import { type ChildProcess, fork } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Tally {
  frames: number
  lastAt: number
  delays: number[]
}

/** A helper process of the bench, by file name beside this one. */
export async function helper<T>(file: string, args: string[]): Promise<{ child: ChildProcess; first: T }> {
  const child = fork(new URL(file, import.meta.url), args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const first = await new Promise<T>((resolve, reject) => {
    child.once('message', (message) => resolve(message as T))
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)))
  })
  return { child, first }
}

export async function tallyOf(child: ChildProcess): Promise<Tally> {
  const answer = new Promise<Tally>((resolve) => child.once('message', (message) => resolve(message as Tally)))
  child.send({})
  return answer
}

/** Waits until so many frames have come, or none come any more. */
export async function framesOf(child: ChildProcess, expected: number, limitMs = 60_000): Promise<Tally> {
  const deadline = Date.now() + limitMs
  for (;;) {
    const tally = await tallyOf(child)
    if (tally.frames >= expected || Date.now() > deadline) return tally
    await sleep(50)
  }
}
