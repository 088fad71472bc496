import Type from 'typebox'
import { remedyFor, whatsappError } from '../../infra/runtime/whatsapp/errors.ts'
import { askGraph, type GraphAnswer, graphUrl } from '../../infra/runtime/whatsapp/graph.ts'
import type { InternalChannel } from '../../schemas/channel/resource.ts'
import type { DeliveryError } from '../../schemas/conversation/delivery.ts'
import type { FileFacts } from '../../schemas/conversation/events.ts'
import { checkOf } from '../../schemas/validator.ts'

export type WhatsappChannel = Extract<InternalChannel, { type: 'whatsapp' }>

/** What the Cloud API made of a request. Neither token nor words stand in it. */
export type Outcome =
  /** `id`: what WhatsApp calls the message, or the file. */
  | { kind: 'taken'; id: string }
  /** Another try may do better. */
  | { kind: 'retry'; error: DeliveryError; notBeforeMs: number }
  /** None will, until somebody mends something. */
  | { kind: 'give-up'; error: DeliveryError }

/** WhatsApp's Cloud API, as one channel's number uses it. */
export interface Cloud {
  /** POST /{phone number id}/messages */
  send(channel: WhatsappChannel, body: object): Promise<Outcome>
  /** POST /{phone number id}/media */
  upload(channel: WhatsappChannel, file: FileFacts, bytes: Buffer): Promise<Outcome>
}

/** How long the API may take for an answer, in milliseconds. */
const sendMs = 15_000
const uploadMs = 60_000

const checkSent = checkOf(Type.Object({ messages: Type.Array(Type.Object({ id: Type.String() }), { minItems: 1 }) }))
const checkUploaded = checkOf(Type.Object({ id: Type.String() }))
const checkRefusal = checkOf(Type.Object({ error: Type.Object({ code: Type.Optional(Type.Integer()) }) }))

/** `url`: WHATSAPP_URL. */
export function createCloud(url: string): Cloud {
  const ask = async (
    { config, secrets }: WhatsappChannel,
    path: string,
    body: object | FormData,
    timeoutMs: number,
  ): Promise<GraphAnswer | Outcome> => {
    const { accessToken: token } = secrets
    if (token === undefined) return giveUp('not-set-up', 'The channel has no access token.')
    try {
      return await askGraph(graphUrl(url, config.apiVersion, config.phoneNumberId, path), { token, body, timeoutMs })
    } catch (error) {
      // It may have been taken and the answer lost: then it comes twice, which is better than not at all.
      return {
        kind: 'retry',
        error: { code: 'unreachable', why: `WhatsApp cannot be reached${codeOf(error)}.` },
        notBeforeMs: 0,
      }
    }
  }
  return {
    async send(channel, body) {
      const answer = await ask(channel, 'messages', body, sendMs)
      if ('kind' in answer) return answer
      const sent = checkSent(answer.body)
      if (isSuccess(answer)) {
        const id = sent.ok ? sent.value.messages[0]?.id : undefined
        return id === undefined
          ? giveUp('no-id', 'WhatsApp has answered without an id of the message.')
          : { kind: 'taken', id }
      }
      return refusal(answer)
    },
    async upload(channel, { filename, mimeType }, bytes) {
      const form = new FormData()
      form.append('messaging_product', 'whatsapp')
      form.append('type', mimeType)
      form.append('file', new Blob([new Uint8Array(bytes)], { type: mimeType }), filename)
      const answer = await ask(channel, 'media', form, uploadMs)
      if ('kind' in answer) return answer
      const uploaded = checkUploaded(answer.body)
      if (isSuccess(answer) && uploaded.ok) return { kind: 'taken', id: uploaded.value.id }
      return refusal(answer)
    },
  }
}

const isSuccess = ({ status }: GraphAnswer) => status >= 200 && status < 300

function refusal({ status, body, retryAfterMs }: GraphAnswer): Outcome {
  const refused = checkRefusal(body)
  const code = refused.ok ? refused.value.error.code : undefined
  const known = whatsappError(code)
  const error = code === undefined ? { code: String(status), why: `WhatsApp has answered ${status}.` } : known
  return remedyFor(status, code) === 'retry'
    ? { kind: 'retry', error, notBeforeMs: retryAfterMs }
    : { kind: 'give-up', error }
}

export function giveUp(code: string, why: string): Extract<Outcome, { kind: 'give-up' }> {
  return { kind: 'give-up', error: { code, why } }
}

/** Of what went wrong only a code is told: its message may quote a header. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  if (error.cause instanceof Error) return codeOf(error.cause)
  return ` (${'code' in error && typeof error.code === 'string' ? error.code : error.name})`
}
