import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import type { ServiceName, Stack } from '../../infra/local/stack.ts'
import { Api } from '../../infra/ops/import/api.ts'
import type { DemoFacts } from '../../schemas/demo.ts'
import { freezable, victims } from './faults.ts'
import { freeze } from './wreak.ts'

/** What clients do: each as `ask`, over and over. */
type Deed = 'write' | 'read' | 'read own write' | 'socket'

export interface Recovery {
  victim: ServiceName
  kind: 'kill' | 'freeze'
  /** Milliseconds from the kill, or from the end of the freeze, until the last request that failed or took longer than 500 ms was over. */
  until: Record<Deed, number>
}

const everyMs = 50
const slowMs = 500
const quietMs = 3000
const frozenMs = 5000

/** Kills and freezes one process after the other, and measures how long each deed goes on failing. */
export async function recoveries(stack: Stack, demo: DemoFacts, token: string, rounds: number): Promise<Recovery[]> {
  const api = new Api({ gateway: stack.url('gateway'), apiKey: demo.importKey, connections: 64, patienceMs: 0 })
  const bad = new Map<Deed, number>()
  const stop = new AbortController()
  const deeds = deedsOf(api, demo, `${stack.url('gateway').replace('http', 'ws')}/realtime`, token)
  const running = Promise.all(
    Object.entries(deeds).map(([deed, ask]) => repeat(ask, stop.signal, () => bad.set(deed as Deed, Date.now()))),
  )
  const found: Recovery[] = []
  const measure = async (victim: ServiceName, kind: Recovery['kind'], strike: () => Promise<unknown>) => {
    await quiet(bad)
    bad.clear()
    await strike()
    const since = Date.now()
    await stack.waitReady(victim)
    await quiet(bad)
    const until = (deed: Deed) => Math.max(0, (bad.get(deed) ?? since) - since)
    const all = {
      write: until('write'),
      read: until('read'),
      'read own write': until('read own write'),
      socket: until('socket'),
    }
    found.push({ victim, kind, until: all })
  }
  for (let round = 0; round < rounds; round++) {
    for (const victim of victims) await measure(victim, 'kill', () => stack.kill(victim, 'SIGKILL'))
    for (const victim of freezable) await measure(victim, 'freeze', () => freeze(stack, victim, frozenMs))
  }
  stop.abort()
  await running
  await api.close()
  return found
}

/** Nothing has failed for so long that nothing seems to be under way any more. */
async function quiet(bad: ReadonlyMap<Deed, number>): Promise<void> {
  const since = Date.now()
  while (Date.now() - Math.max(since, ...bad.values()) < quietMs) await sleep(20)
}

/** At a fixed rate, however long each takes. */
async function repeat(ask: () => Promise<unknown>, signal: AbortSignal, onBad: () => void): Promise<void> {
  const asked = new Set<Promise<void>>()
  while (!signal.aborted) {
    const since = Date.now()
    const one: Promise<void> = ask()
      .then(
        () => Date.now() - since <= slowMs || onBad(),
        () => onBad(),
      )
      .then(() => void asked.delete(one))
    asked.add(one)
    await sleep(everyMs)
  }
  await Promise.all(asked)
}

function deedsOf(api: Api, { widgetId }: DemoFacts, url: string, token: string): Record<Deed, () => Promise<unknown>> {
  let count = 0
  const write = () => {
    const visitorId = `recovery-${Date.now()}-${count++}`
    return api.post('/api/conversations', { widgetId, visitorId }, visitorId)
  }
  const read = (position?: string) => api.get('/api/conversations?limit=1', position)
  return {
    write,
    read,
    'read own write': async () => read((await write()).position),
    socket: () => joined(url, token),
  }
}

function joined(url: string, token: string): Promise<void> {
  const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` }, handshakeTimeout: 10_000 })
  return new Promise<void>((resolve, reject) => {
    socket.on('open', () => socket.send(JSON.stringify({ type: 'join', room: 'inbox' })))
    socket.on('message', (data) => {
      const { type } = JSON.parse(String(data)) as { type: string }
      if (type === 'joined') resolve()
      if (type === 'error') reject(new Error('refused'))
    })
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('closed')))
  }).finally(() => socket.terminate())
}
