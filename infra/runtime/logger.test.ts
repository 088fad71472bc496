import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'

describe('the log', () => {
  it('holds no credentials, no words of a person, and of an error nothing but what it is', () => {
    const source = `
      import { createLogger } from '${new URL('logger.ts', import.meta.url)}'
      const logger = createLogger({ logLevel: 'info' }, 'test')
      logger.info({ password: 'x1x', body: { content: 'x2x', visitorToken: 'x3x' }, req: { headers: { authorization: 'x4x' } } })
      logger.info({ a: { b: { c: { token: 'x5x' } } }, user: { email: 'x6x' }, kept: 'x7x' })
      logger.error({ error: Object.assign(new Error('boom'), { code: 'E1', detail: 'x8x', parameters: ['x9x'] }) })
    `
    const { stdout } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', source], {
      encoding: 'utf8',
    })
    assert.equal(stdout.trim().split('\n').length, 3)
    assert.deepEqual(stdout.match(/x\dx/g), ['x7x'])
    assert.match(stdout, /"message":"boom"/)
    assert.match(stdout, /"code":"E1"/)
    assert.match(stdout, /"service":"test"/)
  })
})
