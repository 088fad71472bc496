import assert from 'node:assert/strict'
import { type FileService, startFileService } from './testing/files.ts'
import { problem } from './testing/service.ts'

describe('an answer that is made while it is sent', () => {
  let service: FileService
  before(async () => {
    service = await startFileService()
  })
  after(() => service.stop())

  const get = (failsAfter?: number, method = 'GET') =>
    fetch(`${service.url}/streamed${failsAfter === undefined ? '' : `?failsAfter=${failsAfter}`}`, { method })

  it('is sent whole', async () => {
    const response = await get()
    assert.equal(response.headers.get('content-type'), 'application/json; charset=utf-8')
    assert.equal(((await response.json()) as unknown[]).length, 50_000)
    const head = await get(undefined, 'HEAD')
    assert.deepEqual([head.status, await head.text()], [200, ''])
  })

  it('is refused like any other when it fails before its first byte', async () => {
    await problem(await get(0), 404, 'not-found')
  })

  it('is cut when it fails later, so that nobody takes it for whole', async () => {
    const response = await get(20_000)
    assert.equal(response.status, 200)
    await assert.rejects(response.text())
  })
})
