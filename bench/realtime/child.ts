import { type ChildProcess, fork } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AudienceOrder, Tally } from './audience.ts'

/** A helper process of the bench, by file name beside this one, with what it says first. */
export async function helper<T>(file: string, order?: AudienceOrder): Promise<{ child: ChildProcess; first: T }> {
  const child = fork(new URL(file, import.meta.url), [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  if (order !== undefined) child.send(order)
  const first = await new Promise<T>((resolve, reject) => {
    child.once('message', (message) => resolve(message as T))
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)))
  })
  return { child, first }
}

/** What a helper answers. */
export async function ask<T>(child: ChildProcess, question: object): Promise<T> {
  const answer = new Promise<T>((resolve) => child.once('message', (message) => resolve(message as T)))
  child.send(question)
  return answer
}

/** Ends a helper, and resolves when it has. */
export async function dismiss(child: ChildProcess): Promise<void> {
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.disconnect()
  await ended
}

/** Waits until so many frames have come. Throws when they do not. */
export async function framesOf(audience: ChildProcess, expected: number, limitMs = 60_000): Promise<Tally> {
  const deadline = Date.now() + limitMs
  for (;;) {
    const tally = await ask<Tally>(audience, {})
    if (tally.frames >= expected) return tally
    if (Date.now() > deadline) throw new Error(`${tally.frames} of ${expected} frames arrived`)
    await sleep(50)
  }
}
