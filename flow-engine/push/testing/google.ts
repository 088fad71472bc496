import assert from 'node:assert/strict'
import { createPublicKey, type KeyObject } from 'node:crypto'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { jwtVerify } from 'jose'

/** One push, as it came in. */
export interface FcmRequest {
  path: string
  token: string
  authorization: string
  body: Record<string, Record<string, unknown>>
}

export interface Answer {
  status: number
  body: unknown
  headers?: Record<string, string>
}

export interface Google {
  url: string
  tokenUrl: string
  /** How often an access token was given out. */
  grants: number
  pushes: FcmRequest[]
  /** Answers to the pushes of a token, one after the other; then, and for others, all is well. */
  answers: Map<string, Answer[]>
  close(): Promise<void>
}

const scope = 'https://www.googleapis.com/auth/firebase.messaging'

/** Google's two servers, which take nothing that the real ones would refuse. */
export async function startGoogle(account: { client_email: string; private_key: string }): Promise<Google> {
  const key = createPublicKey(account.private_key)
  const server = http.createServer((request, response) => {
    const reply = ({ status, body, headers = {} }: Answer) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
    }
    const answer = request.url === '/token' ? grant(google, key, request) : take(google, request)
    answer.then(reply, (error: unknown) =>
      reply({ status: 400, body: { error: 'invalid_grant', said: String(error) } }),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const google: Google = {
    url,
    tokenUrl: `${url}/token`,
    grants: 0,
    pushes: [],
    answers: new Map(),
    close: () => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()),
  }
  return google

  async function grant(google: Google, key: KeyObject, request: http.IncomingMessage): Promise<Answer> {
    const form = new URLSearchParams(await text(request))
    assert.equal(form.get('grant_type'), 'urn:ietf:params:oauth:grant-type:jwt-bearer')
    const { payload, protectedHeader } = await jwtVerify(form.get('assertion') ?? '', key, {
      algorithms: ['RS256'],
      issuer: account.client_email,
      audience: google.tokenUrl,
      maxTokenAge: 60,
      requiredClaims: ['exp'],
    })
    assert.equal(payload.scope, scope)
    assert.ok((payload.exp ?? 0) - (payload.iat ?? 0) <= 3600)
    assert.equal(protectedHeader.typ, 'JWT')
    google.grants += 1
    return { status: 200, body: { access_token: `access-${google.grants}`, expires_in: 3600, token_type: 'Bearer' } }
  }
}

async function take(google: Google, request: http.IncomingMessage): Promise<Answer> {
  const body = JSON.parse(await text(request))
  const token = String(body.message?.token ?? body.to)
  const { url: path = '', headers } = request
  google.pushes.push({ path, token, authorization: headers.authorization ?? '', body })
  const refusal = google.answers.get(token)?.shift()
  if (refusal !== undefined) return refusal
  return path === '/fcm/send'
    ? { status: 200, body: { success: 1, failure: 0, results: [{ message_id: '0:1' }] } }
    : { status: 200, body: { name: `${path}/1` } }
}

/** As FCM refuses. */
export function refusal(status: number, errorCode: string, headers?: Record<string, string>): Answer {
  const details = [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode }]
  return {
    status,
    body: { error: { code: status, status: 'NOT_FOUND', message: 'no', details } },
    ...(headers && { headers }),
  }
}
