import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { type House, openSharedHouse } from '../house.ts'
import { openSite, type Site, type SiteMessage } from './site.ts'

type File = [name: string, bytes: string | Buffer, type?: string]

/** Document B's files: a reply brings them as a form, and anybody with site key and visitor token gets them. */
describe('document B, files', () => {
  let house: House
  let site: Site

  before(async () => {
    house = await openSharedHouse()
    site = await openSite(house, {})
  })

  const at = (path: string) => `${house.stack.url('gateway')}/api/v1/chat/conversations/${path}`
  const reply = async (token: string, fields: [name: string, value: string | File][], headers = {}) => {
    const form = new FormData()
    for (const [name, value] of fields) {
      if (typeof value === 'string') form.append(name, value)
      else form.append(name, new Blob([value[1]], { type: value[2] ?? '' }), value[0])
    }
    const answer = await fetch(at(`${token}/messages`), {
      method: 'POST',
      headers: { 'x-site-key': site.siteKey, ...headers },
      body: form,
    })
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }
  const get = (token: string, path: string, headers = {}) =>
    fetch(at(`${token}/files/${path}`), { headers: { 'x-site-key': site.siteKey, ...headers } })
  const file = ({ files }: SiteMessage, index = 0) => {
    const found = files[index] ?? assert.fail('no such file')
    return { ...found, path: `${found.activity_id}/${found.id}` }
  }

  it('come with a reply, and are listed and downloaded', async () => {
    const { token } = await site.begin()
    const notes = 'Grüße, 日本\n'
    const bytes = randomBytes(300_000)
    const sent = await reply(token, [
      ['message', 'Here they are'],
      ['files[]', ['notes (of) ü.txt', notes, 'application/x-anything']],
      ['files[]', ['data.bin', bytes]],
    ])
    assert.deepEqual([sent.status, sent.body], [201, { status: 'ok' }])
    const [, message = assert.fail()] = await site.messagesOnce(token, 2)
    const [first, second] = [file(message), file(message, 1)]
    assert.equal(message.body, 'Here they are')
    assert.ok(Number.isInteger(first.activity_id) && first.activity_id > 0)
    assert.deepEqual(
      message.files.map(({ id, activity_id, filename, size, mime_type }) => [
        id,
        activity_id,
        filename,
        size,
        mime_type,
      ]),
      [
        [1, first.activity_id, 'notes (of) ü.txt', Buffer.byteLength(notes), 'text/plain'],
        [2, first.activity_id, 'data.bin', 300_000, 'application/octet-stream'],
      ],
    )
    const got = await get(token, first.path)
    assert.deepEqual([got.status, await got.text()], [200, notes])
    assert.equal(got.headers.get('content-type'), 'text/plain; charset=utf-8')
    assert.match(
      got.headers.get('content-disposition') ?? '',
      /^attachment; .*filename\*=UTF-8''notes%20%28of%29%20%C3%BC.txt$/,
    )
    assert.equal(got.headers.get('x-content-type-options'), 'nosniff')
    assert.deepEqual(Buffer.from(await (await get(token, second.path)).arrayBuffer()), bytes)
  })

  it('are shown inline on demand, but for what a browser might run', async () => {
    const { token } = await site.begin()
    await reply(token, [
      ['files', ['a.txt', 'just words']],
      ['files', ['evil.txt', '<!doctype html><script>alert(1)</script>', 'text/plain']],
    ])
    const [, message = assert.fail()] = await site.messagesOnce(token, 2)
    assert.equal(message.body, '', 'no words are needed with files')
    const shown = await get(token, `${file(message).path}?disposition=inline`)
    assert.match(shown.headers.get('content-disposition') ?? '', /^inline;/)
    const page = await get(token, `${file(message, 1).path}?disposition=inline`)
    assert.match(page.headers.get('content-disposition') ?? '', /^attachment;/)
    assert.equal(page.headers.get('content-type'), 'application/octet-stream')
    const wrong = await get(token, `${file(message).path}?disposition=aside`)
    assert.deepEqual([wrong.status, Object.keys((await wrong.json()) as object)], [422, ['error']])
  })

  it('are answered in part, or not again, to those who have them', async () => {
    const { token } = await site.begin()
    await reply(token, [['file', ['digits.txt', '0123456789']]])
    const [, message = assert.fail()] = await site.messagesOnce(token, 2)
    const { path } = file(message)
    const part = await get(token, path, { range: 'bytes=2-5' })
    assert.deepEqual([part.status, part.headers.get('content-range'), await part.text()], [206, 'bytes 2-5/10', '2345'])
    const beyond = await get(token, path, { range: 'bytes=20-' })
    assert.deepEqual([beyond.status, Object.keys((await beyond.json()) as object)], [416, ['error']])
    const etag = part.headers.get('etag') ?? ''
    assert.equal((await get(token, path, { 'if-none-match': etag })).status, 304)
  })

  it('of agents are seen by the visitor, and by no other', async () => {
    const [{ token, id }, other] = [await site.begin(), await site.begin()]
    const form = new FormData()
    form.append('files', new Blob(['an invoice']), 'invoice.txt')
    const authorization = `Bearer ${house.agentToken}`
    const files = `${house.stack.url('gateway')}/api/conversations/${id}/files`
    const uploaded = await fetch(files, { method: 'POST', headers: { authorization }, body: form })
    const { data } = (await uploaded.json()) as { data: { id: string }[] }
    const body = { content: 'Your invoice', files: data.map((one) => one.id) }
    await house.call('POST', `/api/conversations/${id}/messages`, { token: house.agentToken, body })
    const [, message = assert.fail()] = await site.messagesOnce(token, 2)
    const { path, activity_id } = file(message)
    assert.deepEqual([message.direction, (await get(token, path)).status], ['outbound', 200])
    for (const [who, what] of [
      [other.token, path],
      [token, `${activity_id}/2`],
      [token, `${activity_id}/0`],
      [token, `${activity_id - 1}/1`],
      [randomUUID(), path],
    ]) {
      const none = await get(String(who), String(what))
      assert.deepEqual([none.status, Object.keys((await none.json()) as object)], [404, ['error']], String(what))
    }
    assert.equal((await get(token, 'x/1')).status, 422)
    assert.equal((await fetch(at(`${token}/files/${path}`))).status, 401)
  })

  it('are kept once, however often a reply comes with the same key', async () => {
    const { token } = await site.begin()
    const headers = { 'idempotency-key': randomUUID() }
    const fields: Parameters<typeof reply>[1] = [
      ['message', 'once'],
      ['files[]', ['a.txt', 'once']],
    ]
    for (let n = 0; n < 2; n++) assert.equal((await reply(token, fields, headers)).status, 201)
    const [, message] = await site.messagesOnce(token, 2)
    assert.equal(message?.files.length, 1)
  })

  it('and forms that cannot be taken are refused as everything else', async () => {
    const { token } = await site.begin()
    const refusals: [fields: Parameters<typeof reply>[1], status: number, error: RegExp][] = [
      [[['other', 'field']], 422, /^Message is required$/],
      [[['message', ' ']], 422, /^Message is required$/],
      [
        [
          ['message', 'x'.repeat(10_001)],
          ['files[]', ['a.txt', 'a']],
        ],
        422,
        /^Message is too long \(maximum 10000 characters\)$/,
      ],
      [Array.from({ length: 6 }, (_, n) => ['files[]', [`${n}.txt`, 'a']]), 422, /more than 5 files/],
      [[['files[]', ['empty.txt', '']]], 422, /must not be empty/],
      [[['files[]', ['large.bin', Buffer.alloc(10 * 1024 * 1024 + 1)]]], 413, /larger than 10 MB/],
    ]
    for (const [fields, status, error] of refusals) {
      const answer = await reply(token, fields)
      assert.deepEqual([answer.status, Object.keys(answer.body)], [status, ['error']], String(error))
      assert.match(String(answer.body.error), error)
    }
    const nobody = await reply(randomUUID(), [['files[]', ['a.txt', 'a']]])
    assert.deepEqual([nobody.status, nobody.body], [404, { error: 'There is no such conversation.' }])
    const words = await reply(token, [['message', 'Words alone, as a form']])
    assert.equal(words.status, 201)
    const [, message] = await site.messagesOnce(token, 2)
    assert.deepEqual([message?.body, message?.files], ['Words alone, as a form', []])
  })
})
