import assert from 'node:assert/strict'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createOutbound, OutboundFailure, type OutboundOptions } from './outbound.ts'
import { isReachable } from './outbound-address.ts'
import { refusePrivateUrl, urlFault } from './outbound-url.ts'

const strict = { allowPrivate: false }
const lenient = { allowPrivate: true }

describe('a URL that a stranger gave', () => {
  const hostile = [
    ...[
      'http://127.0.0.1/',
      'http://127.1/',
      'http://2130706433/',
      'http://0x7f000001/',
      'http://0177.0.0.1/',
      'http://0x7f.1/',
    ],
    ...[
      'http://0/',
      'http://0.0.0.0/',
      'http://10.1.2.3/',
      'http://172.16.0.1/',
      'http://172.31.255.255/',
      'http://192.168.1.1/',
    ],
    ...[
      'http://100.64.0.1/',
      'http://169.254.169.254/latest/meta-data/',
      'http://0251.0376.0251.0376/',
      'http://192.0.0.192/',
    ],
    ...[
      'http://224.0.0.1/',
      'http://255.255.255.255/',
      'http://198.18.0.1/',
      'http://168.63.129.16/',
      'http://１２７.０.０.１/',
    ],
    ...[
      'http://[::1]/',
      'http://[::]/',
      'http://[::ffff:127.0.0.1]/',
      'http://[::ffff:a9fe:a9fe]/',
      'http://[::127.0.0.1]/',
    ],
    ...['http://[fe80::1]/', 'http://[fc00::1]/', 'http://[fd00:ec2::254]/', 'http://[ff02::1]/', 'http://[fec0::1]/'],
    ...[
      'http://[64:ff9b::127.0.0.1]/',
      'http://[64:ff9b::10.0.0.0]/',
      'http://[64:ff9b:1::1]/',
      'http://[2002:7f00:1::]/',
    ],
    ...['http://[2001::1]/', 'http://[2001:db8::1]/', 'http://[::ffff:8.8.8.8]/'],
    ...['http://localhost/', 'http://LOCALHOST./', 'http://a.localhost/', 'http://printer.local/', 'http://postgres/'],
    ...['http://metadata.google.internal/', 'http://metadata.google.internal../', 'http://ｌocalhost/'],
  ]
  for (const url of hostile) {
    it(`is refused: ${url}`, () => assert.match(urlFault(url, strict) ?? '', /private|reserved|host|no URL/))
  }

  const wrong: [string, RegExp][] = [
    ['ftp://example.com/', /https/],
    ['file:///etc/passwd', /https/],
    ['gopher://example.com/', /https/],
    ['javascript:alert(1)', /https/],
    ['https://user:word@example.com/', /user name/],
    ['https://user@example.com/', /user name/],
    ['http://example.com:22/', /port 22/],
    ['http://example.com:6379/', /port 6379/],
    ['http://example.com:0/', /port 0/],
    ['http://example.com:99999/', /no URL/],
    ['//example.com/', /no URL/],
    ['', /no URL/],
    ['http://[fe80::1%25eth0]/', /no URL/],
    [`https://example.com/${'a'.repeat(2000)}`, /longer/],
  ]
  for (const [url, why] of wrong) {
    it(`is refused, private or not: ${url.slice(0, 40)}`, () => {
      assert.match(urlFault(url, strict) ?? '', why)
      assert.match(urlFault(url, lenient) ?? '', why)
    })
  }

  for (const url of [
    'https://example.com/hook?a=1',
    'http://8.8.8.8:8080/',
    'https://[2606:4700::1111]/',
    'http://[64:ff9b::808:808]/',
  ])
    it(`is taken: ${url}`, () => assert.equal(urlFault(url, strict), undefined))

  it('may lead into the own network by a setting, but never to metadata or to nobody', () => {
    for (const url of [
      'http://127.0.0.1:3000/',
      'http://localhost:3000/',
      'http://10.0.0.1/',
      'http://[::1]/',
      'http://postgres/',
    ])
      assert.equal(urlFault(url, lenient), undefined, url)
    for (const url of [
      'http://169.254.169.254/',
      'http://[fd00:ec2::254]/',
      'http://100.100.100.200/',
      'http://0.0.0.0/',
      'http://[::ffff:127.0.0.1]/',
    ])
      assert.match(urlFault(url, lenient) ?? '', /reserved/, url)
    assert.match(urlFault('http://127.0.0.1/', strict) ?? '', /OUTBOUND_PRIVATE=on/)
    assert.doesNotMatch(urlFault('http://169.254.169.254/', strict) ?? '', /OUTBOUND_PRIVATE/)
  })

  it('is refused with the field that holds it', () => {
    assert.throws(() => refusePrivateUrl('http://127.0.0.1/', strict), { code: 'validation' })
    refusePrivateUrl('https://example.com/', strict)
  })

  it('has an address that is told apart in every form', () => {
    assert.equal(isReachable('fe80::1%eth0', lenient), false)
    assert.equal(isReachable('no address', lenient), false)
    assert.equal(isReachable('64:ff9b::7f00:1', lenient), true)
    assert.equal(isReachable('64:ff9b::a9fe:a9fe', lenient), false)
  })
})

describe('what is sent out', () => {
  let server: Server
  let port: number
  let answer: RequestListener = (_, response) => response.end('thanks')
  let requests: { url: string; host: string; body: string }[] = []
  before(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const { url = '', headers } = request
        requests.push({ url, host: headers.host ?? '', body: Buffer.concat(chunks).toString() })
        answer(request, response)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
  })
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  beforeEach(() => {
    requests = []
    answer = (_, response) => response.end('thanks')
  })

  async function sending(options: OutboundOptions, url: string, headers: Record<string, string> = {}) {
    const outbound = createOutbound(options)
    try {
      return await outbound.post(url, { headers, body: 'hello' })
    } finally {
      await outbound.close()
    }
  }
  const failsAs = (kind: string) => (error: unknown) => error instanceof OutboundFailure && error.kind === kind
  const resolvesTo =
    (...answers: string[][]) =>
    async () =>
      (answers.length > 1 ? answers.shift() : answers[0])?.map((address) => ({
        address,
        family: address.includes(':') ? 6 : 4,
      })) ?? []

  it('arrives at the address that its name stood for when it was checked, under its name', async () => {
    let asked = 0
    const resolve = async () => {
      asked += 1
      return [{ address: asked === 1 ? '127.0.0.1' : '127.0.0.2', family: 4 }]
    }
    const got = await sending({ ...lenient, resolve }, `http://hooks.example:${port}/a?b=1`)
    assert.deepEqual([got.status, got.body, got.truncated, asked], [200, 'thanks', false, 1])
    assert.deepEqual(requests, [{ url: '/a?b=1', host: `hooks.example:${port}`, body: 'hello' }])
  })

  it('goes nowhere when any address of its name is private', async () => {
    const url = `http://hooks.example:${port}/`
    for (const answers of [['127.0.0.1'], ['8.8.8.8', '127.0.0.1'], ['::ffff:127.0.0.1'], ['::1'], ['169.254.169.254']])
      await assert.rejects(sending({ ...strict, resolve: resolvesTo(answers) }, url), failsAs('refused'))
    await assert.rejects(sending(strict, `http://127.0.0.1:${port}/`), failsAs('refused'))
    await assert.rejects(sending(strict, `http://localhost.:${port}/`), failsAs('refused'))
    assert.deepEqual(requests, [])
  })

  it('gains nothing by a name that changes: each connection checks what it connects to', async () => {
    const outbound = createOutbound({ ...strict, resolve: resolvesTo(['192.0.2.1'], ['127.0.0.1']), timeoutMs: 300 })
    await assert.rejects(outbound.post(`http://rebinding.example:${port}/`, {}), failsAs('refused'))
    await assert.rejects(outbound.post(`http://rebinding.example:${port}/`, {}), failsAs('refused'))
    await outbound.close()
    assert.deepEqual(requests, [])
  })

  it('fails by kind: no name, nobody there, hung up, no end', async () => {
    const gone = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => gone.once('listening', resolve))
    const { port: free } = gone.address() as AddressInfo
    await new Promise((resolve) => gone.close(resolve))
    const url = `http://127.0.0.1:${port}/`
    await assert.rejects(
      sending({ ...lenient, resolve: resolvesTo([]) }, 'http://hooks.example/'),
      failsAs('unresolved'),
    )
    const unknown = () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }))
    await assert.rejects(sending({ ...lenient, resolve: unknown }, 'http://hooks.example/'), failsAs('unresolved'))
    await assert.rejects(sending(lenient, `http://127.0.0.1:${free}/`), failsAs('unreachable'))
    await assert.rejects(sending(lenient, `https://127.0.0.1:${port}/`), OutboundFailure)
    answer = (request) => request.socket.destroy()
    await assert.rejects(sending(lenient, url), failsAs('broken'))
    answer = () => undefined
    await assert.rejects(sending({ ...lenient, timeoutMs: 100 }, url), failsAs('timeout'))
    answer = (_, response) => response.write('slowly')
    await assert.rejects(sending({ ...lenient, timeoutMs: 100 }, url), failsAs('timeout'))
    const never = () => new Promise<never>(() => undefined)
    await assert.rejects(
      sending({ ...lenient, resolve: never, timeoutMs: 100 }, 'http://hooks.example/'),
      failsAs('timeout'),
    )
  })

  it('follows no redirect, and reads no more of an answer than it may', async () => {
    answer = (_, response) => response.writeHead(302, { location: `http://127.0.0.1:${port}/elsewhere` }).end()
    const moved = await sending(lenient, `http://127.0.0.1:${port}/`)
    assert.deepEqual([moved.status, requests.length], [302, 1])
    answer = (_, response) => {
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      }
      response.on('drain', more)
      more()
    }
    const endless = await sending({ ...lenient, maxBytes: 1000 }, `http://127.0.0.1:${port}/`)
    assert.deepEqual([endless.status, endless.body.length, endless.truncated], [200, 1000, true])
  })

  it('lets nobody write the headers of the connection, or two headers in one', async () => {
    for (const headers of [
      { Host: 'other' },
      { 'Transfer-Encoding': 'chunked' },
      { 'X-A': 'a\r\nX-B: b' },
      { 'X A': 'a' },
    ] as Record<string, string>[])
      await assert.rejects(sending(lenient, `http://127.0.0.1:${port}/`, headers), failsAs('refused'))
    assert.deepEqual(requests, [])
  })
})
