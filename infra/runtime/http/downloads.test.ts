import assert from 'node:assert/strict'
import { downloaded, type FileService, startFileService } from './testing/files.ts'
import { problem } from './testing/service.ts'

describe('a download', () => {
  let service: FileService
  before(async () => {
    service = await startFileService()
  })
  after(() => service.stop())

  const get = (headers: Record<string, string> = {}, method = 'GET') =>
    fetch(`${service.url}/download`, { method, headers: { 'accept-encoding': 'identity', ...headers } })
  const facts = ({ status, headers }: Response) => ({
    status,
    length: headers.get('content-length'),
    range: headers.get('content-range'),
    etag: headers.get('etag'),
    language: headers.get('content-language'),
  })
  const size = downloaded.length

  it('is sent whole, with what is known of it', async () => {
    const response = await get()
    const known = { etag: '"v1"', language: 'en' }
    assert.deepEqual(facts(response), { status: 200, length: String(size), range: null, ...known })
    assert.equal(response.headers.get('accept-ranges'), 'bytes')
    assert.deepEqual(Buffer.from(await response.arrayBuffer()), downloaded)
    const head = await get({ range: 'bytes=0-1' }, 'HEAD')
    assert.deepEqual(
      [facts(head), await head.text()],
      [{ status: 200, length: String(size), range: null, ...known }, ''],
    )
  })

  const ranges: [string, number, number][] = [
    ['bytes=0-0', 0, 0],
    ['bytes=10-19', 10, 19],
    [`bytes=${size - 1}-`, size - 1, size - 1],
    ['bytes=100-999999999', 100, size - 1],
    ['bytes=-7', size - 7, size - 1],
    ['bytes=-999999999', 0, size - 1],
  ]
  for (const [range, start, end] of ranges) {
    it(`is sent in part for ${range}: 206`, async () => {
      const response = await get({ range })
      assert.deepEqual([response.status, response.headers.get('content-range')], [206, `bytes ${start}-${end}/${size}`])
      assert.deepEqual(Buffer.from(await response.arrayBuffer()), downloaded.subarray(start, end + 1))
    })
  }

  for (const range of ['bytes=2-1', 'bytes=a-b', 'bytes=-', 'lines=0-1', 'bytes=0-1,5-6']) {
    it(`is sent whole for ${range}, which is no range or several: 200`, async () => {
      assert.equal((await (await get({ range })).arrayBuffer()).byteLength, size)
    })
  }

  for (const range of [`bytes=${size}-`, 'bytes=-0']) {
    it(`is refused for ${range}: 416, with its size`, async () => {
      const response = await get({ range })
      assert.equal(response.headers.get('content-range'), `bytes */${size}`)
      await problem(response, 416, 'range-not-satisfiable')
    })
  }

  it('is not sent again to whom has it: 304', async () => {
    for (const tag of ['"v1"', 'W/"v1"', '"v0", "v1"', '*']) {
      const response = await get({ 'if-none-match': tag })
      assert.deepEqual([response.status, response.headers.get('etag'), await response.text()], [304, '"v1"', ''], tag)
    }
    assert.equal((await get({ 'if-none-match': '"v0"' })).status, 200)
    assert.equal((await get({ range: 'bytes=0-1', 'if-range': '"v1"' })).status, 206)
    assert.equal((await get({ range: 'bytes=0-1', 'if-range': '"v0"' })).status, 200)
  })

  it('that turns out shorter than promised is cut off', async () => {
    const response = await fetch(`${service.url}/cut`)
    assert.equal(response.status, 200)
    await assert.rejects(response.arrayBuffer())
  })

  it('may be a text that is no JSON', async () => {
    const response = await fetch(`${service.url}/csv`)
    assert.equal(response.headers.get('content-type'), 'text/csv; charset=utf-8')
    assert.equal(await response.text(), 'a;ü\r\n')
  })
})
