import assert from 'node:assert/strict'
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { identify } from './process/identity.ts'
import { freePorts } from './process/port.ts'
import { type Stack, startStack } from './stack.ts'
import { eventually } from './testing/eventually.ts'
import { brokenService, fakeService } from './testing/fake-service.ts'

const gateway = fakeService('GATEWAY_PORT')

describe('the stack', () => {
  let stack: Stack | undefined
  let dataDir: string
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'parley-'))
    chmodSync(dataDir, 0o711)
  })
  afterEach(async () => {
    await stack?.stop()
    stack = undefined
    rmSync(dataDir, { recursive: true })
  })

  it('starts services with the addresses that it gives, and stops every one', async () => {
    const projectors = fakeService('PROJECTORS_PORT')
    const env = { PROJECTOR_SHARDS: '2' }
    const lines: string[] = []
    stack = await startStack({
      ports: 'free',
      only: ['gateway', 'projectors'],
      env,
      entries: { gateway, projectors },
      log: (name, line) => lines.push(`${name} ${line}`),
    })
    assert.equal((await fetch(`${stack.url('gateway')}/healthz`)).status, 200)
    const shards = [stack.pid('projectors', 0), stack.pid('projectors', 1)]
    assert.equal(new Set(shards).size, 2)
    assert.ok(lines.some((line) => line.startsWith('projectors-1 {') && line.includes('"shard":"1"')))
    const pids = [stack.pid('gateway'), ...shards]
    await stack.stop()
    assert.deepEqual(pids.filter(runs), [])
    assert.equal(existsSync(stack.config.dataDir), false, 'its temporary folder is gone')
  })

  it('says how to mend it when the data folder cannot be one', async () => {
    const start = startStack({ dataDir: fileURLToPath(import.meta.url), ports: 'free', only: ['gateway'] })
    await assert.rejects(start, { name: 'StackError', message: /^The data folder cannot be used: .*DATA_DIR=/ })
  })

  it('leaves a killed service dead until it is started, unless told to restart', async () => {
    stack = await startStack({ ports: 'free', only: ['gateway'], entries: { gateway } })
    await stack.kill('gateway')
    assert.equal(stack.pid('gateway'), undefined)
    await assert.rejects(stack.waitReady('gateway', 1000), /gateway is not ready: it ended \(SIGKILL\)/)
    await stack.start('gateway')
    await stack.waitReady('gateway')
  })

  it('restarts what dies, and says so', async () => {
    const notes: string[] = []
    const log = (name: string, line: string): void => void (name === 'stack' && notes.push(line))
    stack = await startStack({
      ports: 'free',
      only: ['gateway'],
      entries: { gateway },
      restart: true,
      log,
    })
    const before = stack.pid('gateway')
    await stack.kill('gateway')
    await stack.waitReady('gateway')
    assert.notEqual(stack.pid('gateway'), before)
    assert.ok(
      notes.some((note) => /^gateway ended \(SIGKILL\); starting it again in 0\.\d s$/.test(note)),
      notes.join('\n'),
    )
  })

  it('tries again what dies at each start, at growing intervals, and stops when asked to', async () => {
    const notes: string[] = []
    const stopping = new AbortController()
    const started = startStack({
      ports: 'free',
      only: ['gateway'],
      entries: { gateway: brokenService() },
      restart: true,
      signal: stopping.signal,
      log: (name, line) => void (name === 'stack' && notes.push(line)),
    })
    await eventually(() => assert.ok(notes.length >= 3))
    stopping.abort()
    await assert.rejects(started)
    const waits = notes.slice(0, 3).map((note) => Number(/in ([\d.]+) s$/.exec(note)?.[1]))
    assert.ok((waits[0] ?? 0) < (waits[2] ?? 0), `waited ${waits}`)
  })

  it('names who holds a port that it needs, and leaves nothing behind', async () => {
    const [port = 0] = await freePorts(1)
    const stranger = createServer().listen(port, '127.0.0.1')
    await once(stranger, 'listening')
    const env = { GATEWAY_PORT: String(port) }
    await assert.rejects(
      startStack({ dataDir, ports: 'free', only: ['redis', 'gateway'], env, entries: { gateway } }),
      {
        name: 'StackError',
        message: new RegExp(
          `^Port ${port}, which gateway needs, is taken by process ${process.pid} \\(.*GATEWAY_PORT=`,
        ),
      },
    )
    stranger.close()
    assert.deepEqual(readdirSync(join(dataDir, 'run')), [])
  })

  it('says what a service that dies at its first start wrote last', async () => {
    const options = { ports: 'free', only: ['gateway'], entries: { gateway: brokenService() } } as const
    await assert.rejects(startStack({ ...options }), /exit code 3[\s\S]*the sky is falling/)
  })

  it('says when a service is not built', async () => {
    const options = { ports: 'free', only: ['gateway'], entries: { gateway: '/nowhere/main.js' } } as const
    await assert.rejects(startStack({ ...options }), /gateway is not built.*make setup/)
  })

  it('does not start a second time in the same data folder', async () => {
    const options = { dataDir, ports: 'free', only: ['gateway'], entries: { gateway } } as const
    stack = await startStack(options)
    await assert.rejects(
      startStack(options),
      new RegExp(`already runs with this data folder \\(process ${process.pid}\\)`),
    )
  })

  it('does not start a store that runs elsewhere', async () => {
    const env = { REDIS_URL: 'redis://redis.example:6379' }
    stack = await startStack({
      ports: 'free',
      only: ['redis', 'gateway'],
      env,
      entries: { gateway },
    })
    assert.deepEqual(stack.external, ['redis'])
    assert.equal(stack.env.REDIS_URL, 'redis://redis.example:6379')
  })

  describe('when its keeper is killed', () => {
    it('ends the orphans at the next start, and keeps the data', async () => {
      const orphans = await killedKeeper(dataDir)
      assert.deepEqual(orphans.filter(runs), orphans, 'the orphans outlive their keeper')
      stack = await startStack({ dataDir, ports: 'free', only: ['postgres', 'redis'] })
      assert.deepEqual(orphans.filter(runs), [])
    })

    it('ends the orphans at make stop', async () => {
      const orphans = await killedKeeper(dataDir)
      const stop = node('stop.ts', [], { DATA_DIR: dataDir })
      assert.deepEqual(await once(stop, 'exit'), [0, null])
      assert.deepEqual(orphans.filter(runs), [])
      assert.equal(existsSync(join(dataDir, 'run/postgres.json')), false)
    })
  })
})

/** Starts a stack in another process, kills that with SIGKILL, and gives the ids of what is left. */
async function killedKeeper(dataDir: string): Promise<number[]> {
  const keeper = node('testing/keeper-process.ts', [dataDir, gateway], {})
  for await (const line of createInterface({ input: keeper.stdout })) {
    if (!line.startsWith('ready ')) continue
    const pids: number[] = JSON.parse(line.slice('ready '.length))
    keeper.kill('SIGKILL')
    await once(keeper, 'exit')
    return pids
  }
  throw new Error('The keeper ended before it was ready.')
}

function node(file: string, args: string[], env: Record<string, string>): ChildProcessByStdio<null, Readable, null> {
  const path = fileURLToPath(new URL(file, import.meta.url))
  return spawn(process.execPath, ['--import', 'tsx', path, ...args], {
    env: { PATH: '/usr/bin:/bin', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

function runs(pid: number | undefined): boolean {
  return pid !== undefined && identify(pid) !== undefined
}
