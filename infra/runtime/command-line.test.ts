import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'

function run(body: string) {
  const module = new URL('./command-line.ts', import.meta.url).href
  const script = `
    const { runCommand } = await import(${JSON.stringify(module)})
    setInterval(() => undefined, 1000)
    ${body}`
  const args = ['--import', 'tsx', '--input-type=module', '-e', script]
  return spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 2e6 })
}

describe('the end of a command', () => {
  it('comes although something is still open, after all that it wrote, with its code', () => {
    const { status, stdout, stderr } = run(`
      await runCommand(async () => {
        process.stdout.write('x'.repeat(1_000_000))
        process.stderr.write('said')
        return 3
      }, () => false)`)
    assert.deepEqual([status, stdout.length, stderr], [3, 1_000_000, 'said'])
  })

  it('tells an error that was meant for people as it is, and introduces others', () => {
    const failing = `async () => { throw new Error('Say which.') }`
    const meant = run(`await runCommand(${failing}, () => true)`)
    assert.deepEqual([meant.status, meant.stderr], [1, 'Say which.\n'])
    const other = run(`await runCommand(${failing}, () => false)`)
    assert.deepEqual([other.status, other.stderr], [1, 'Failed: Say which.\n'])
  })
})
