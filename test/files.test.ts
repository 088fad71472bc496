import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { eventually } from '../infra/local/testing/eventually.ts'
import type { MessageFile } from '../schemas/conversation/resource.ts'
import { type House, openSharedHouse } from './house.ts'
import { openWorkplace } from './workplace.ts'

type Upload = [filename: string, bytes: Buffer | string, field?: string]
type Headers = Record<string, string>

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
const megabytes = 1024 * 1024

/** Files through the gateway, as the clients of documents A and B send and get them. */
describe('files of a conversation', () => {
  let house: House
  let gateway: string
  let id: string

  before(async () => {
    house = await openSharedHouse()
    gateway = house.stack.url('gateway')
    id = await start()
  })

  const start = async (widgetId = house.demo.widgetId) => {
    const { status, body } = await house.call('POST', '/api/conversations', { body: { widgetId } })
    assert.equal(status, 201)
    return String(body.id)
  }
  const bearer = (token?: string): Headers => (token === undefined ? {} : { authorization: `Bearer ${token}` })
  const post = (files: readonly Upload[], headers: Headers = {}, at = id) => {
    const form = new FormData()
    for (const [name, bytes, field = 'files'] of files)
      form.append(field, new Blob([new Uint8Array(Buffer.from(bytes))]), name)
    return fetch(`${gateway}/api/conversations/${at}/files`, { method: 'POST', body: form, headers })
  }
  const upload = async (files: readonly Upload[], headers: Headers = {}, at = id) => {
    const response = await post(files, headers, at)
    const body = (await response.json()) as { data: MessageFile[]; detail?: string }
    assert.equal(response.status, 201, body.detail)
    return body.data
  }
  const one = async (...file: Upload) => {
    const [uploaded] = await upload([file])
    assert.ok(uploaded)
    return uploaded
  }
  const get = (path: string, headers: Headers = {}) => fetch(gateway + path, { headers })
  const send = (body: object, token?: string) =>
    house.call('POST', `/api/conversations/${id}/messages`, { token, body })
  const revision = async () => {
    const { body } = await house.call('GET', `/api/conversations/${id}/history`, { token: house.adminToken })
    return Number(body.revision)
  }
  /** What lies on disk: names of whole files, and what is still coming in. */
  const stored = () => {
    const folder = join(house.stack.config.dataDir, 'blobs')
    if (!existsSync(folder)) return []
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  }

  it('are known by their content, not by their name, and are there at once', async () => {
    const page = '<!DOCTYPE html><script>alert(1)</script>'
    const files: Upload[] = [
      ['../../photo.png', png, 'files'],
      ['holiday.png', Buffer.from('4d5a90000300000004000000ffff0000', 'hex'), 'files[]'],
      ['notes.txt', page, 'file'],
      ['logo.png', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'],
      ['Grüße.md', '# Grüße'],
    ]
    const uploaded = await upload(files)
    assert.deepEqual(
      uploaded.map(({ filename, size, mimeType }) => [filename, size, mimeType]),
      [
        ['photo.png', png.length, 'image/png'],
        ['holiday.png', 16, 'application/x-msdownload'],
        ['notes.txt', page.length, 'text/html'],
        ['logo.png', 59, 'image/svg+xml'],
        ['Grüße.md', 9, 'text/plain'],
      ],
    )
    for (const [index, { url }] of uploaded.entries()) {
      const response = await get(url)
      assert.equal(response.status, 200)
      assert.deepEqual(Buffer.from(await response.arrayBuffer()), Buffer.from(files[index]?.[1] ?? ''))
    }
    const headers = async (file: MessageFile | undefined) => {
      const response = await get(`${file?.url}?disposition=inline`)
      assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
      assert.match(response.headers.get('content-security-policy') ?? '', /default-src 'none';.*sandbox$/)
      return [response.headers.get('content-type'), response.headers.get('content-disposition')?.split(';')[0]]
    }
    const [photo, program, html, svg, text] = uploaded
    assert.deepEqual(await headers(photo), ['image/png', 'inline'])
    assert.deepEqual(await headers(text), ['text/plain; charset=utf-8', 'inline'])
    assert.deepEqual(await headers(program), ['application/x-msdownload', 'attachment'])
    assert.deepEqual(await headers(html), ['application/octet-stream', 'attachment'])
    assert.deepEqual(await headers(svg), ['application/octet-stream', 'attachment'])
  })

  it('go with a message of the side that uploaded them, which needs no words then', async () => {
    const mine = await one('mine.png', png)
    const [agents] = await upload([['agents.png', png]], bearer(house.agentToken))
    const sent = await send({ files: [mine.id] })
    assert.deepEqual([sent.status, sent.body.content, sent.body.files], [201, '', [mine]])
    const answer = await send({ content: 'Here', files: [agents?.id] }, house.agentToken)
    assert.deepEqual([answer.status, answer.body.files], [201, [agents]])
    const rich = { contentType: 'quick_button', richMedia: { buttons: [{ label: 'Yes', value: 'yes' }] } }
    assert.deepEqual((await send({ ...rich, files: [mine.id.toUpperCase()] })).body.files, [mine])
    const { body } = await house.call('GET', `/api/conversations/${id}/messages`, {
      headers: { 'x-wait-for': String(answer.headers['x-position']) },
    })
    const listed = (body.data as { id: string; files: MessageFile[] }[]).filter(({ files }) => files.length > 0)
    assert.deepEqual(
      listed.slice(0, 2).map(({ files }) => files),
      [[mine], [agents]],
    )
    const before = await revision()
    const wrong = [{}, { files: [] }, { content: '', files: [] }, { files: [randomUUID()] }, { files: [agents?.id] }]
    const six = { content: 'x', files: Array.from({ length: 6 }, () => randomUUID()) }
    for (const body of [...wrong, six, { content: 'x', files: [mine.id, mine.id] }, { content: 'x', files: 'x' }]) {
      assert.equal((await send(body)).status, 400, JSON.stringify(body))
    }
    assert.equal((await send({ files: [mine.id] }, house.agentToken)).status, 400)
    assert.equal(await revision(), before)
  })

  it('are taken up to 10 MB each through the gateway, and given whole, in ranges, or not again', async () => {
    const bytes = randomBytes(10 * megabytes)
    const large = await one('large.bin', bytes)
    assert.deepEqual([large.size, large.mimeType], [bytes.length, 'application/octet-stream'])
    assert.ok(bytes.equals(Buffer.from(await (await get(large.url)).arrayBuffer())))
    const part = await get(large.url, { range: 'bytes=1000000-1000099' })
    assert.deepEqual([part.status, part.headers.get('content-range')], [206, `bytes 1000000-1000099/${bytes.length}`])
    assert.ok(bytes.subarray(1_000_000, 1_000_100).equals(Buffer.from(await part.arrayBuffer())))
    assert.equal((await get(large.url, { range: `bytes=${bytes.length}-` })).status, 416)
    const etag = part.headers.get('etag') ?? ''
    assert.equal((await get(large.url, { 'if-none-match': etag })).status, 304)
    const head = await fetch(gateway + large.url, { method: 'HEAD' })
    assert.deepEqual([head.status, head.headers.get('content-length')], [200, String(bytes.length)])
  })

  it('that are refused leave nothing: neither in the log nor on disk', async () => {
    await one('first.txt', 'first')
    const before = { files: stored().sort(), revision: await revision() }
    const raw = (body: string, type: string) =>
      fetch(`${gateway}/api/conversations/${id}/files`, { method: 'POST', body, headers: { 'content-type': type } })
    const text = new FormData()
    text.append('files', 'no file')
    const refusals: [what: string, status: number, asking: () => Promise<Response>][] = [
      [
        '10 MB and a byte',
        413,
        () =>
          post([
            ['a.txt', 'a'],
            ['b.bin', Buffer.alloc(10 * megabytes + 1)],
          ]),
      ],
      ['six', 400, () => post(Array.from({ length: 6 }, (_, n): Upload => [`${n}.txt`, 'x']))],
      [
        'an empty one',
        400,
        () =>
          post([
            ['a.txt', 'a'],
            ['empty.txt', ''],
          ]),
      ],
      ['none', 400, () => post([])],
      ['under another name', 400, () => post([['a.txt', 'a', 'document']])],
      ['a text', 400, () => fetch(`${gateway}/api/conversations/${id}/files`, { method: 'POST', body: text })],
      ['JSON', 415, () => raw('{"files": []}', 'application/json')],
      [
        'broken',
        400,
        () =>
          raw(
            '--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nha',
            'multipart/form-data; boundary=x',
          ),
      ],
      ['in a conversation that is none', 404, () => post([['a.txt', 'a']], {}, randomUUID())],
      ['at a revision that has passed', 412, () => post([['a.txt', 'a']], { 'if-match': '"0"' })],
    ]
    for (const [what, status, asking] of refusals) {
      const response = await asking()
      const { detail } = (await response.json()) as { detail: string }
      assert.equal(response.status, status, `${what}: ${detail}`)
    }
    assert.deepEqual({ files: stored().sort(), revision: await revision() }, before)
  })

  it('keep the limit of 1 MB for all that is no file', async () => {
    const content = 'x'.repeat(megabytes)
    assert.equal((await send({ content })).status, 413)
    const form = new FormData()
    form.append('content', content)
    for (const path of [`/api/conversations/${id}/messages`, '/api/conversations']) {
      assert.equal((await fetch(gateway + path, { method: 'POST', body: form })).status, 413)
    }
  })

  it('that a client cuts off leave nothing', async () => {
    const before = stored().sort()
    const socket = connect(Number(new URL(gateway).port), '127.0.0.1')
    const part = 'Content-Disposition: form-data; name="files"; filename="a"'
    socket.write(
      `POST /api/conversations/${id}/files HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\n` +
        `Content-Length: 5000000\r\n\r\n--x\r\n${part}\r\n\r\nwhole\r\n--x\r\n${part}\r\n\r\n${'half'.repeat(50_000)}`,
    )
    await eventually(() => assert.ok(stored().length > before.length))
    socket.destroy()
    await eventually(() => assert.deepEqual(stored().sort(), before))
  })

  it('are uploaded once, however often it is tried again with the same key', async () => {
    const at = await start()
    const before = stored().length
    const key = { 'idempotency-key': randomUUID() }
    const files: Upload[] = [
      ['a.txt', 'one'],
      ['b.txt', 'two'],
    ]
    const answers = await Promise.all(Array.from({ length: 8 }, () => upload(files, key, at)))
    for (const answer of answers) assert.deepEqual(answer, answers[0])
    await upload([['c.txt', 'three']], {}, at)
    assert.deepEqual(await upload(files, key, at), answers[0])
    assert.equal(stored().length, before + 3)
    assert.equal(await (await get(answers[0]?.[1]?.url ?? '')).text(), 'two')
    assert.equal((await post([['a.txt', 'another']], key, at)).status, 422)
    assert.equal(
      (
        await post(
          [
            ['z.txt', 'one'],
            ['b.txt', 'two'],
          ],
          key,
          at,
        )
      ).status,
      422,
    )
    assert.equal(stored().length, before + 3)
  })

  it('are for those who may read the messages, and for nobody else', async () => {
    const { url, id: fileId } = await one('secret.txt', 'secret')
    const { stack, call } = house
    const other = await openWorkplace(stack.config, stack.url('command-api'), { identityVerification: 'required' })
    const direct = (token: string, path: string) => fetch(stack.url('query-api') + path, { headers: bearer(token) })
    assert.equal((await direct(other.agent.token, url)).status, 404)
    assert.equal((await get(url, bearer(house.agentToken))).status, 200)
    const elsewhere = await start()
    for (const path of [`/api/conversations/${elsewhere}/files/${fileId}`, url.replace(fileId, randomUUID())]) {
      assert.equal((await get(path)).status, 404)
    }
    assert.equal((await get(url.replace(fileId, 'x'))).status, 400)
    const started = await call('POST', '/api/conversations', { body: { widgetId: other.widgetId } })
    const closed = String(started.body.id)
    assert.equal((await post([['a.txt', 'a']], {}, closed)).status, 401)
    const token = bearer(String(started.body.visitorToken))
    const [file] = await upload([['a.txt', 'a']], token, closed)
    assert.equal((await get(file?.url ?? '')).status, 401)
    assert.equal((await get(file?.url ?? '', token)).status, 200)
  })

  it('go with the person who is erased', async () => {
    const at = await start()
    const [file] = await upload([['diary.txt', 'dear diary']], {}, at)
    const { body } = await house.call('GET', `/api/conversations/${at}`, { token: house.adminToken })
    const lies = () => stored().filter((path) => path.includes(String(body.contactId)))
    assert.equal(lies().length, 1)
    const erased = await house.call('DELETE', `/api/contacts/${body.contactId}`, { token: house.adminToken })
    assert.ok(erased.status < 300, JSON.stringify(erased.body))
    await eventually(() => assert.deepEqual(lies(), []))
    await eventually(async () => assert.equal((await get(file?.url ?? '')).status, 404))
    assert.equal((await post([['more.txt', 'more']], {}, at)).status, 410)
    assert.deepEqual(lies(), [])
  })
})
