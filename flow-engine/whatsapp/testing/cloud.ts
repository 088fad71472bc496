import assert from 'node:assert/strict'
import { createHash, createHmac, randomUUID } from 'node:crypto'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** A number with the credentials that the stand-in knows. */
export interface Line {
  phoneNumberId: string
  apiVersion: string
  accessToken: string
  appSecret: string
}

/** A message that was taken. */
export interface Taken {
  wamid: string
  // What a test looks into is its own affair.
  body: Record<string, unknown>
}

export interface Answer {
  status: number
  body?: unknown
  headers?: Record<string, string>
}

/** Meta's Graph API, as far as one number of WhatsApp needs it: takes nothing that the real one would refuse, and fails on demand. */
export interface CloudApi {
  url: string
  /** In order. */
  taken: Taken[]
  /** What was uploaded, by id. */
  uploads: Map<string, { bytes: Buffer; type: string; filename: string }>
  /** Files of customers, by id. */
  media: Map<string, { bytes: Buffer; type: string; url?: string }>
  /** What was wrong with requests; must stay empty. */
  objections: string[]
  /** Answers to the next messages to a customer, instead of taking them; `hang`: none at all, though it was taken. */
  answers: Map<string, (Answer | 'hang')[]>
  close(): Promise<void>
}

export const refusal = (status: number, code: number, headers?: Record<string, string>): Answer => ({
  status,
  body: { error: { message: `(#${code}) no`, type: 'OAuthException', code, fbtrace_id: 'A' } },
  ...(headers && { headers }),
})

export async function startCloudApi(number: Line): Promise<CloudApi> {
  const server = http.createServer((request, response) => {
    answer(cloud, number, request).then(
      (given) => {
        if (given === 'hang') return
        const bytes = Buffer.isBuffer(given.body) ? given.body : Buffer.from(JSON.stringify(given.body ?? {}))
        response.writeHead(given.status, { 'content-type': 'application/json', ...given.headers }).end(bytes)
      },
      (error: unknown) => {
        cloud.objections.push(error instanceof Error ? error.message : String(error))
        response.writeHead(400).end(JSON.stringify(refusal(400, 100).body))
      },
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cloud: CloudApi = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken: [],
    uploads: new Map(),
    media: new Map(),
    objections: [],
    answers: new Map(),
    close: () => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()),
  }
  return cloud
}

async function answer(cloud: CloudApi, number: Line, request: http.IncomingMessage): Promise<Answer | 'hang'> {
  const { method = '', url: path = '', headers } = request
  const bytes = await buffer(request)
  const file = /^\/files\/([\w-]+)$/.exec(path)?.[1]
  const known = `/${number.apiVersion}/${number.phoneNumberId}`
  if (headers.authorization !== `Bearer ${number.accessToken}`) return refusal(401, 190)
  if (file !== undefined) {
    const found = cloud.media.get(file)
    return found === undefined
      ? { status: 404 }
      : { status: 200, body: found.bytes, headers: { 'content-type': found.type } }
  }
  if (method === 'POST' && path === `${known}/messages`) return take(cloud, JSON.parse(bytes.toString('utf8')), headers)
  if (method === 'POST' && path === `${known}/media`) return upload(cloud, bytes, headers)
  const id = new RegExp(`^/${number.apiVersion}/([\\w-]+)$`).exec(path)?.[1]
  assert.ok(method === 'GET' && id !== undefined, `${method} ${path} is nothing of the Cloud API's`)
  const found = cloud.media.get(id)
  if (found === undefined) return refusal(400, 100)
  return {
    status: 200,
    body: { id, url: found.url ?? `${cloud.url}/files/${id}`, mime_type: found.type, messaging_product: 'whatsapp' },
  }
}

async function upload(cloud: CloudApi, bytes: Buffer, headers: http.IncomingHttpHeaders): Promise<Answer> {
  const form = await new Response(new Uint8Array(bytes), {
    headers: { 'content-type': headers['content-type'] ?? '' },
  }).formData()
  assert.equal(form.get('messaging_product'), 'whatsapp')
  const file = form.get('file')
  assert.ok(file instanceof File && file.size > 0, 'a file is missing')
  assert.equal(form.get('type'), file.type)
  const id = randomUUID()
  cloud.uploads.set(id, { bytes: Buffer.from(await file.arrayBuffer()), type: file.type, filename: file.name })
  return { status: 200, body: { id } }
}

type Json = Record<string, unknown>

function take(cloud: CloudApi, body: Json, headers: http.IncomingHttpHeaders): Answer | 'hang' {
  assert.equal(headers['content-type'], 'application/json')
  const to = String(body.to)
  const [next] = cloud.answers.get(to)?.splice(0, 1) ?? []
  if (next !== undefined && next !== 'hang') return next
  demandMessage(cloud, body)
  const wamid = `wamid.${createHash('sha256').update(`${to} ${cloud.taken.length}`).digest('base64url')}`
  cloud.taken.push({ wamid, body })
  if (next === 'hang') return next
  return {
    status: 200,
    body: { messaging_product: 'whatsapp', contacts: [{ input: to, wa_id: to }], messages: [{ id: wamid }] },
  }
}

/** The rules of the Cloud API's reference, "Messages". */
function demandMessage(cloud: CloudApi, body: Json): void {
  assert.deepEqual([body.messaging_product, body.recipient_type], ['whatsapp', 'individual'])
  assert.match(String(body.to), /^\d{5,20}$/)
  assert.ok(String(body.biz_opaque_callback_data).length <= 512)
  const type = String(body.type)
  const content = body[type] as Json
  assert.ok(content !== undefined, `${type} is missing`)
  const allowed = ['messaging_product', 'recipient_type', 'to', 'type', 'biz_opaque_callback_data', type]
  assert.deepEqual(
    Object.keys(body).filter((name) => !allowed.includes(name)),
    [],
  )
  switch (type) {
    case 'text':
      within(content.body, 4096)
      return
    case 'image':
    case 'document':
    case 'audio':
    case 'video':
      assert.ok((content.id === undefined) !== (content.link === undefined), 'either an id or a link')
      if (content.id !== undefined)
        assert.ok(cloud.uploads.has(String(content.id)), 'the id of a file that was uploaded')
      if (content.caption !== undefined) within(content.caption, 1024)
      return
    case 'template':
      assert.ok(content.name !== undefined && (content.language as Json).code !== undefined)
      return
    case 'interactive':
      demandInteractive(content)
      return
    default:
      assert.fail(`${type} is no type of message`)
  }
}

function demandInteractive(content: Json): void {
  within((content.body as Json).text, 1024)
  const action = content.action as Json
  if (content.type === 'button') {
    const buttons = (action.buttons as { type: string; reply: Json }[]).map(({ reply }) => reply)
    assert.ok(buttons.length >= 1 && buttons.length <= 3)
    for (const { id, title } of buttons) {
      within(id, 256)
      within(title, 20)
    }
    unlike(buttons.map(({ id }) => id))
    unlike(buttons.map(({ title }) => title))
    return
  }
  assert.equal(content.type, 'list')
  within(action.button, 20)
  const rows = (action.sections as { rows: Json[] }[]).flatMap((section) => section.rows)
  assert.ok(rows.length >= 1 && rows.length <= 10)
  for (const { id, title, description = 'x' } of rows) {
    within(id, 200)
    within(title, 24)
    within(description, 72)
  }
  unlike(rows.map(({ id }) => id))
}

function within(text: unknown, most: number): void {
  assert.ok(
    typeof text === 'string' && text.trim().length > 0 && text.length <= most,
    `1 to ${most} characters: ${text}`,
  )
}

const unlike = (values: unknown[]) => assert.equal(new Set(values).size, values.length)

/** A webhook as Meta sends it, signed. */
export function signed(number: Line, value: object): { raw: string; headers: Record<string, string> } {
  const metadata = { display_phone_number: '15550000000', phone_number_id: number.phoneNumberId }
  const change = { field: 'messages', value: { messaging_product: 'whatsapp', metadata, ...value } }
  const raw = JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id: '1', changes: [change] }] })
  return { raw, headers: { 'content-type': 'application/json', 'x-hub-signature-256': signatureOf(number, raw) } }
}

export function signatureOf({ appSecret }: Pick<Line, 'appSecret'>, raw: string): string {
  return `sha256=${createHmac('sha256', appSecret).update(raw).digest('hex')}`
}
