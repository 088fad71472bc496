import assert from 'node:assert/strict'
import { logLine } from './log-line.ts'

const plain = { raw: false, colour: false }

describe('a line of the log', () => {
  it('shows level, message and fields of what pino wrote', () => {
    const line =
      '{"level":30,"time":1,"pid":7,"hostname":"h","service":"gateway","msg":"listening","port":5080,"url":"/a"}'
    assert.equal(logLine('gateway', line, plain), 'gateway      │ INFO  listening port=5080 url=/a')
  })

  it('shows an error with its stack, each line after the name', () => {
    const line = '{"level":50,"msg":"failed","err":{"type":"Error","message":"no","stack":"Error: no\\n    at here"}}'
    const expected = ['ERROR failed', 'Error: no', '    at here'].map((text) => `query-api    │ ${text}`)
    assert.equal(logLine('query-api', line, plain), expected.join('\n'))
  })

  it('shows what is not JSON as it is', () => {
    assert.equal(logLine('redis', '{ready to accept', plain), 'redis        │ {ready to accept')
  })

  it('passes JSON on unchanged when asked to', () => {
    assert.equal(logLine('gateway', '{"level":30}', { raw: true, colour: false }), '{"level":30}')
  })

  it('cuts what is too long to be read', () => {
    const line = JSON.stringify({ level: 40, msg: 'odd', body: 'x'.repeat(500) })
    assert.equal(logLine('realtime', line, plain), `realtime     │ WARN  odd body=${'x'.repeat(200)}…`)
  })
})
