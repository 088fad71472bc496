import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import { eventually } from '../../local/testing/eventually.ts'
import { uploadLimits } from './multipart.ts'
import { type FileService, plainError, startFileService } from './testing/files.ts'
import { problem } from './testing/service.ts'

const { fileBytes } = uploadLimits
const sha = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex')

describe('what a route takes beside JSON', () => {
  let service: FileService
  before(async () => {
    service = await startFileService()
  })
  after(() => service.stop())

  const post = (path: string, body: FormData | URLSearchParams | string, headers: Record<string, string> = {}) =>
    fetch(service.url + path, { method: 'POST', body, headers })
  const form = (...parts: [name: string, value: string | Buffer, filename?: string][]) => {
    const made = new FormData()
    for (const [name, value, filename] of parts) {
      if (typeof value === 'string') made.append(name, value)
      else made.append(name, new Blob([new Uint8Array(value)]), filename)
    }
    return made
  }

  describe('multipart', () => {
    it('hands fields and files to the handler in their order, each file as a stream', async () => {
      const large = Buffer.alloc(fileBytes, 'ä')
      const parts = form(['message', 'Grüße'], ['files[]', large, 'Ümläut x.bin'], ['files[]', Buffer.from('b'), 'b'])
      const response = await post('/files', parts)
      const type = 'application/octet-stream'
      assert.deepEqual(await response.json(), [
        ['message', 'Grüße'],
        ['files[]', 'Ümläut x.bin', type, sha(large)],
        ['files[]', 'b', type, sha('b')],
      ])
    })

    it('has neither fields nor files: an empty form', async () => {
      const headers = { 'content-type': 'multipart/form-data; boundary=x' }
      assert.deepEqual(await (await post('/files', '--x--\r\n', headers)).json(), [])
    })

    it('is bounded: a byte too many in a file, five files, fields, and all of it', async () => {
      await problem(await post('/files', form(['a', Buffer.alloc(fileBytes + 1), 'big'])), 413, 'too-large')
      assert.equal(service.got.get('big'), 'A file must not be larger than 10 MB')
      const six = Array.from(
        { length: 6 },
        (_, n) => ['files', Buffer.from('x'), `${n}.txt`] as [string, Buffer, string],
      )
      const { detail } = await problem(await post('/files', form(...six)), 400, 'validation')
      assert.equal(detail, 'an upload must not have more than 5 files')
      await problem(await post('/files', form(['message', 'x'.repeat(uploadLimits.fieldBytes + 1)])), 413, 'too-large')
      const many = Array.from({ length: 21 }, (_, n) => [`f${n}`, 'x'] as [string, string])
      await problem(await post('/files', form(...many)), 400, 'validation')
    })

    const broken: [string, string, string?][] = [
      ['ends early', '--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\nhalf'],
      ['ends in the middle of a head', '--x\r\nContent-Disposition: form-'],
      ['has no boundary in it', 'hello'],
      ['names no boundary', '--x--', 'multipart/form-data'],
      ['holds NUL in a field', '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\na\u0000b\r\n--x--'],
    ]
    for (const [what, body, type = 'multipart/form-data; boundary=x'] of broken) {
      it(`is refused where it ${what}: 400`, async () => {
        await problem(await post('/files', body, { 'content-type': type }), 400, 'validation')
      })
    }

    it('is demanded where nothing else is taken, and refused where it is not: 415', async () => {
      for (const type of ['application/json', 'text/plain']) {
        await problem(await post('/files', '{}', { 'content-type': type }), 415, 'unsupported-media-type')
      }
      await problem(await post('/form', form(['text', 'x'])), 415, 'unsupported-media-type')
    })

    it('may stand beside JSON, which is checked as ever', async () => {
      const json = { 'content-type': 'application/json' }
      assert.deepEqual(await (await post('/either', '{"text":"hi"}', json)).json(), { text: 'hi' })
      assert.deepEqual(await (await post('/either', form(['text', 'hi']))).json(), ['text'])
      await problem(await post('/either', '{}', json), 400, 'validation')
      await problem(await post('/either', JSON.stringify({ text: 'x'.repeat(1024 * 1024) }), json), 413, 'too-large')
    })

    it('that is cut off by the client ends the reading of its file', async () => {
      const head = '--x\r\nContent-Disposition: form-data; name="a"; filename="cut.bin"\r\n\r\nhalf'
      const socket = connect(service.port, '127.0.0.1', () => {
        const length = 'Content-Length: 1000000'
        socket.write(
          `POST /files HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\n${length}\r\n\r\n`,
        )
        socket.write(head, () => socket.destroy())
      })
      await eventually(() => assert.equal(service.got.get('cut.bin'), 'The body ended before it was complete'))
    })

    it('leaves the connection usable after a refusal', async () => {
      const body = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\na\u0000\r\n--x--'
      const type = 'multipart/form-data; boundary=x'
      const ask = `POST /files HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n`
      const answers = await new Promise<string>((resolve, reject) => {
        let text = ''
        const socket = connect(service.port, '127.0.0.1', () => {
          socket.write(`${ask}\r\n${body}${ask}Connection: close\r\n\r\n${body}`)
        })
        socket.on('data', (chunk) => {
          text += chunk
        })
        socket.on('close', () => resolve(text)).on('error', reject)
      })
      assert.equal(answers.match(/HTTP\/1\.1 400 /g)?.length, 2)
    })
  })

  it('a form: its fields are checked by the schema of the body', async () => {
    assert.deepEqual(await (await post('/form', new URLSearchParams({ text: 'a b&ü' }))).json(), { text: 'a b&ü' })
    assert.equal((await post('/form', '{"text":"hi"}', { 'content-type': 'application/json' })).status, 200)
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    for (const wrong of ['', 'text=', 'text=a&text=b', 'text=a&x=1', 'text=%00', 'text=a&__proto__=1']) {
      await problem(await post('/form', wrong, type), 400, 'validation')
    }
    await problem(
      await post('/form', 'text=a', { 'content-type': `${type['content-type']}; charset=latin1` }),
      415,
      'unsupported-media-type',
    )
    await problem(await post('/either', 'text=a', type), 415, 'unsupported-media-type')
  })

  it('a dialect: it is refused in its own form, and with its own status', async () => {
    const json = { 'content-type': 'application/json' }
    assert.equal(await plainError(await post('/b', '{}', json), 422), 'text is required')
    assert.equal(await plainError(await post('/c', '{}', json), 400), 'text is required')
    assert.equal(await plainError(await post('/b', '{', json), 400), 'The body is not valid JSON')
    await plainError(await post('/c', 'x', { 'content-type': 'text/plain' }), 415)
    await plainError(await post('/b', '{"text":"x"}', { ...json, authorization: 'Bearer nobody' }), 401)
    await plainError(await post('/b/unknown', '{}', json), 404)
    await plainError(await fetch(`${service.url}/b`), 405)
  })
})
