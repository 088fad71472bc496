import assert from 'node:assert/strict'
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { recall } from './process/identity.ts'
import { freePorts } from './process/port.ts'
import { projectRoot } from './project.ts'

const PORTS = [
  'EVENTSTORE',
  'POSTGRES',
  'REDIS',
  'GATEWAY',
  'COMMAND_API',
  'QUERY_API',
  'REALTIME',
  'FLOW_ENGINE',
  'PROJECTORS',
]

type Process = ChildProcessByStdio<null, Readable, Readable>

/** As `make run` does it, on what is built. */
describe('the whole platform', () => {
  let dataDir: string
  let env: Record<string, string>
  let runner: Process
  const said: string[] = []

  before(async () => {
    // Closed to other users, as mkdtemp makes it: below /root it is no different.
    dataDir = mkdtempSync(join(tmpdir(), 'parley-run-'))
    const ports = await freePorts(PORTS.length)
    env = { PATH: '/usr/bin:/bin:/usr/local/bin', DATA_DIR: dataDir, NODE_ENV: 'development' }
    PORTS.forEach((name, index) => {
      env[`${name}_PORT`] = String(ports[index])
    })
    runner = built('run.js', env)
    const lines = createInterface({ input: runner.stdout })
    lines.on('line', (line) => said.push(line))
    const ready = new Promise<void>((resolve) => {
      lines.on('line', (line) => line.includes('Parley is ready') && resolve())
    })
    const ended = once(runner, 'exit').then(() => {
      throw new Error(`It ended:\n${said.join('\n')}`)
    })
    await Promise.race([ready, ended])
  })

  after(async () => {
    if (runner.exitCode === null) runner.kill('SIGKILL')
    await once(built('stop.js', env), 'exit')
    // Started as root, Postgres keeps its data where its user can reach it, behind a link.
    rmSync(realpathSync(join(dataDir, 'postgres')), { recursive: true })
    rmSync(dataDir, { recursive: true, force: true })
  })

  it('makes a demo workspace and says how to get in', () => {
    const demo: unknown = JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8'))
    const names = ['gateway', 'workspaceId', 'admin', 'agent', 'widgetId', 'siteKey', 'embedToken']
    const missing = names.filter((name) => !(name in Object(demo)))
    assert.deepEqual(missing, [])
  })

  for (const name of ['GATEWAY', 'COMMAND_API', 'QUERY_API', 'REALTIME', 'PROJECTORS', 'FLOW_ENGINE']) {
    it(`answers for its health at ${name}_PORT`, async () => {
      for (const path of ['healthz', 'readyz', 'metrics']) {
        const { status } = await fetch(`http://127.0.0.1:${env[`${name}_PORT`]}/${path}`)
        assert.equal(status, 200, path)
      }
    })
  }

  it('is well, says make doctor', async () => {
    const doctor = built('doctor.js', env, '--json')
    const findings: { check: string; ok: boolean }[] = JSON.parse(await text(doctor.stdout)).checks
    // A developer may have changed a source since the last build.
    const unwell = findings.filter(({ check, ok }) => !ok && check !== 'Build' && check !== 'npm packages')
    assert.deepEqual(unwell, [])
  })

  it('does not start twice', async () => {
    const second = built('run.js', env)
    const [complaint, [code]] = await Promise.all([text(second.stderr), once(second, 'exit')])
    assert.match(complaint, new RegExp(`already runs with this data folder \\(process ${runner.pid}\\)`))
    assert.equal(code, 1)
  })

  it('goes on when a command is only asked what it does, or is asked wrongly', async () => {
    for (const file of ['run.js', 'stop.js', 'doctor.js']) {
      for (const [option, expected] of [
        ['--help', 0],
        ['--nonsense', 2],
      ] as const) {
        const asked = built(file, env, option)
        const [said, complaint, [code]] = await Promise.all([
          text(asked.stdout),
          text(asked.stderr),
          once(asked, 'exit'),
        ])
        assert.equal(code, expected, `${file} ${option}: ${complaint}`)
        assert.ok(!`${said}${complaint}`.includes('    at '), complaint)
      }
    }
    assert.equal(runner.exitCode, null)
    assert.equal((await fetch(`http://127.0.0.1:${env.GATEWAY_PORT}/readyz`)).status, 200)
  })

  it('stops everything on Ctrl-C', async () => {
    const runDir = join(dataDir, 'run')
    const records = readdirSync(runDir).map((file) => join(runDir, file))
    assert.ok(records.length >= 9)
    const pids = records.map((record) => recall(record)?.pid)
    assert.ok(!pids.includes(undefined))
    runner.kill('SIGINT')
    assert.deepEqual(await once(runner, 'exit'), [0, null])
    assert.deepEqual(readdirSync(runDir), [])
    for (const pid of pids) assert.throws(() => process.kill(pid ?? 0, 0), { code: 'ESRCH' })
  })
})

function built(file: string, env: Record<string, string>, ...args: string[]): Process {
  const entry = join(projectRoot(), 'dist/infra/local', file)
  return spawn(process.execPath, [entry, ...args], { cwd: projectRoot(), env, stdio: ['ignore', 'pipe', 'pipe'] })
}
