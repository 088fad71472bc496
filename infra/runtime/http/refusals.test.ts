import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { id, json, problem, startTestService, type TestService } from './testing/service.ts'

describe('the HTTP layer refuses', () => {
  let service: TestService
  before(async () => {
    service = await startTestService()
  })
  after(() => service.stop())

  const bodies: [string, string | Buffer | undefined, RegExp, string?][] = [
    ['no body where one is needed', undefined, /^name is required$/],
    ['a field that is missing', '{}', /^name is required$/],
    ['a field that is unknown', '{"name":"Ada","x":1}', /^x is not a known field$/],
    ['a field of another type', '{"name":7}', /^name must be a string$/],
    ['an empty name', '{"name":""}', /^name must not be empty$/],
    ['a long name', '{"name":"Adaline"}', /^name must not be longer than 5 characters$/],
    ['a body that is no object', '[]', /^the body must be an object$/],
    ['null', 'null', /^the body must be an object$/],
    ['a day that is not', '{"name":"Ada","at":"2026-02-30T00:00:00Z"}', /^at must be a valid date-time$/],
    ['a leap second', '{"name":"Ada","at":"2016-12-31T23:59:60Z"}', /^at must be a valid date-time$/],
    ['year 0', '{"name":"Ada","at":"0000-01-01T00:00:00Z"}', /^at must be a valid date-time$/],
    ['NUL', '{"name":"a\\u0000"}', /^name must not contain NUL/],
    ['half a character', '{"name":"a\\ud800"}', /^name must not contain NUL or unpaired/],
    ['NUL deep inside', '{"name":"Ada","metadata":{"a":[{"b":"\\u0000"}]}}', /^b must not contain NUL/],
    ['NUL in a key', '{"name":"Ada","metadata":{"a\\u0000":1}}', /^metadata must not contain NUL/],
    ['nesting without end', `{"name":"Ada","metadata":{"a":${'['.repeat(5000)}${']'.repeat(5000)}}}`, /nested deeper/],
    ['half a JSON', '{"name":', /not valid JSON/, 'malformed-json'],
    ['what is no UTF-8', Buffer.from([0x22, 0xff, 0x22]), /not valid UTF-8/, 'malformed-json'],
  ]
  for (const [what, body, words, code = 'validation'] of bodies) {
    it(`${what}: 400`, async () => {
      const { detail } = await problem(await service.post(`/things/${id}`, body), 400, code)
      assert.match(String(detail), words)
    })
  }

  it('every field that is wrong at once, each with its path', async () => {
    const { errors } = await problem(
      await service.post(`/things/${id}`, '{"name":7,"note":7,"x":1}'),
      400,
      'validation',
    )
    assert.deepEqual((errors as { path: string }[]).map(({ path }) => path).sort(), ['/name', '/note', '/x'])
  })

  it('other methods than those of a path, those of health among them: 405 with Allow', async () => {
    for (const path of ['/healthz', '/readyz', '/metrics']) {
      const answer = await fetch(service.url + path, { method: 'POST' })
      assert.equal(answer.headers.get('allow'), 'GET, HEAD, OPTIONS')
      await problem(answer, 405, 'method-not-allowed')
    }
  })

  it('other media types and charsets: 415', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=latin1', '']) {
      await problem(
        await service.post(`/things/${id}`, Buffer.from('{}'), { 'content-type': type }),
        415,
        'unsupported-media-type',
      )
    }
    await problem(
      await service.post(`/things/${id}`, '{}', { ...json, 'content-encoding': 'gzip' }),
      415,
      'unsupported-media-type',
    )
    for (const type of ['application/json; charset=UTF-8', 'application/merge-patch+json']) {
      assert.equal((await service.post(`/things/${id}`, '{"name":"Ada"}', { 'content-type': type })).status, 200, type)
    }
  })

  it('bodies over 1 MB, stated or streamed: 413', async () => {
    const large = Buffer.alloc(1024 * 1024 + 1, 'x')
    await problem(await service.post(`/things/${id}`, large), 413, 'too-large')
    const stream = new ReadableStream({
      start(controller) {
        for (let i = 0; i < 3; i++) controller.enqueue(large.subarray(0, 500_000))
        controller.close()
      },
    })
    const streamed = { method: 'POST', headers: json, body: stream, duplex: 'half' } as const
    await problem(await fetch(`${service.url}/things/${id}`, streamed), 413, 'too-large')
  })

  const paths: [string, RegExp][] = [
    ['/things/7', /^id must be a valid uuid$/],
    [`/things/urn:uuid:${id}`, /^id must be a valid uuid$/],
    ['/things/%ff', /^id is not validly percent-encoded$/],
    ['/things/%00', /^id must not contain NUL/],
    [`/things/${id}?page=x`, /^page must be an integer$/],
    [`/things/${id}?page=0`, /^page must be at least 1$/],
    [`/things/${id}?page=1&page=2`, /^page must be an integer$/],
    [`/things/${id}?tag=%00`, /^tag must not contain NUL/],
    [`/things/${id}?x=1`, /^x is not a known field$/],
    [`/things/${id}?__proto__=1`, /^__proto__ is not a known field$/],
  ]
  for (const [path, words] of paths) {
    it(`${path}: 400`, async () => {
      const { detail } = await problem(await service.post(path, '{"name":"Ada"}'), 400, 'validation')
      assert.match(String(detail), words)
    })
  }

  it('headers that are malformed: 400', async () => {
    const wrong: Record<string, string>[] = [
      { 'idempotency-key': 'a b' },
      { 'idempotency-key': 'k'.repeat(256) },
      { 'if-match': 'seven' },
      { 'x-wait-for': '1' },
      { 'x-wait-for': '9999999999999999999/1' },
    ]
    for (const header of wrong) {
      const { detail } = await problem(
        await service.post(`/things/${id}`, '{"name":"Ada"}', { ...json, ...header }),
        400,
        'validation',
      )
      assert.match(String(detail).toLowerCase(), new RegExp(`^${Object.keys(header)[0]} must`))
    }
  })

  it('unknown paths: 404, and wrong methods: 405 with Allow', async () => {
    await problem(await fetch(`${service.url}/nowhere`), 404, 'not-found')
    const wrong = await fetch(`${service.url}/things/${id}`, { method: 'PUT' })
    assert.equal(wrong.headers.get('allow'), 'GET, HEAD, OPTIONS, POST')
    await problem(wrong, 405, 'method-not-allowed')
  })

  it('what is no HTTP: 400', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(service.port, '127.0.0.1', () => socket.write('HELLO\r\n\r\n'))
      let text = ''
      socket.on('data', (chunk) => {
        text += chunk
      })
      socket.on('close', () => resolve(text))
      socket.on('error', reject)
    })
    assert.match(answer, /^HTTP\/1\.1 400 Bad Request\r\nContent-Type: application\/problem\+json/)
  })

  it('leaves __proto__ in a body a harmless key', async () => {
    const response = await service.post(`/things/${id}`, '{"name":"Ada","metadata":{"__proto__":{"admin":true}}}')
    assert.equal(response.status, 200)
    assert.equal(({} as { admin?: boolean }).admin, undefined)
    await problem(await service.post(`/things/${id}`, '{"name":"Ada","__proto__":{}}'), 400, 'validation')
  })
})
