import Type from 'typebox'
import { exactly, Id } from '../fields.ts'
import { route } from '../route.ts'
import { WhatsappWebhook } from './webhook.ts'

const tag = 'Webhooks'
const params = exactly({ channelId: Id })
const path = '/webhooks/whatsapp/{channelId}'
const Shown = Type.Optional(Type.String({ maxLength: 1000 }))

/** What Meta tells of a WhatsApp channel (document E). */
export const whatsappRoutes = {
  verify: route({
    service: 'gateway',
    method: 'GET',
    path,
    access: 'public',
    tag,
    summary: "Answer Meta's question whether this is the address of a WhatsApp channel",
    description:
      'The challenge is answered to who shows the verify token of the channel; all others are refused (403).',
    params,
    query: exactly({ 'hub.mode': Shown, 'hub.verify_token': Shown, 'hub.challenge': Shown }),
    answers: { 200: { description: 'the challenge', type: 'text/plain' } },
    rejections: ['not-found', 'forbidden'],
  }),
  notify: route({
    service: 'gateway',
    method: 'POST',
    path,
    access: 'public',
    tag,
    summary: 'Take in messages and statuses from WhatsApp',
    description:
      'Signed by `X-Hub-Signature-256`: `sha256=` and the HMAC-SHA256 (hex) of the body under the app secret of the channel; else 401. What is said twice is done once, in any order. What does not concern the channel, or is of a form that is not known, is passed over and answered 200, so that it does not come again; 503 asks for it to come again.',
    params,
    takes: 'bytes',
    body: WhatsappWebhook,
    answers: { 200: { description: 'it has been taken in, or passed over' } },
    rejections: ['not-found'],
  }),
}
