import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'

const modules = new URL('.', import.meta.url)

/** Runs a process with these steps and this ending; resolves with its exit code and what it printed. */
function run(steps: string, then: string): Promise<{ code: number | null; out: string }> {
  const source = `
    import { createLogger } from '${new URL('logger.ts', modules)}'
    import { onShutdown } from '${new URL('shutdown.ts', modules)}'
    const step = (name, run) => ({ name, run: async () => { console.log('step ' + name); await run?.() } })
    setInterval(() => undefined, 1000)
    onShutdown(createLogger({ logLevel: 'info' }, 'test'), [${steps}], { timeoutMs: 300 })
    ${then}
  `
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', source])
  let out = ''
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  child.stderr.on('data', (chunk) => {
    out += chunk
  })
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out })))
}

const stop = "process.kill(process.pid, 'SIGTERM'); process.kill(process.pid, 'SIGTERM')"

describe('a process that is told to stop', () => {
  it('takes its steps once, in order, and exits with 0', async () => {
    const { code, out } = await run("step('http'), step('postgres')", stop)
    assert.equal(code, 0, out)
    assert.deepEqual(out.match(/step \w+/g), ['step http', 'step postgres'])
  })

  it('takes the steps after one that failed, and exits with 1', async () => {
    const { code, out } = await run("step('http', () => { throw new Error('no') }), step('postgres')", stop)
    assert.equal(code, 1)
    assert.match(out, /step postgres/)
  })

  it('exits with 1 when a step takes too long', async () => {
    const { code, out } = await run("step('http', () => new Promise(() => undefined))", stop)
    assert.equal(code, 1)
    assert.match(out, /stopping took too long/)
  })

  it('exits with 1 when nobody handled an error, and says which', async () => {
    const { code, out } = await run('', "Promise.reject(new Error('forgotten'))")
    assert.equal(code, 1)
    assert.match(out, /unhandled rejection/)
    assert.match(out, /forgotten/)
  })
})
