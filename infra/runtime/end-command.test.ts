import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'

describe('the end of a command', () => {
  it('comes although something is still open, after all that it wrote, with its code', () => {
    const module = new URL('./end-command.ts', import.meta.url).href
    const script = `
      const { endCommand } = await import(${JSON.stringify(module)})
      setInterval(() => undefined, 1000)
      process.stdout.write('x'.repeat(1_000_000))
      process.stderr.write('said')
      await endCommand(3)`
    const args = ['--import', 'tsx', '--input-type=module', '-e', script]
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 2e6 })
    assert.deepEqual([status, stdout.length, stderr], [3, 1_000_000, 'said'])
  })
})
