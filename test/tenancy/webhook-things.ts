import { setTimeout as pause } from 'node:timers/promises'

type Json = Record<string, unknown>

/** A webhook with a delivery, marked. Nobody is there to take it. */
export interface WebhookThings {
  webhook: string
  delivery: string
}

export async function openWebhookThings(
  marker: string,
  { post, get }: { post(path: string, body: Json): Promise<Json>; get(path: string): Promise<{ status: number }> },
): Promise<WebhookThings> {
  const url = `https://${marker}.invalid/hook`
  const webhook = String((await post('/api/webhooks', { url, events: ['agent.removed'], description: marker })).id)
  const delivery = String((await post(`/api/webhooks/${webhook}/test`, {})).deliveryId)
  for (const limit = Date.now() + 15_000; ; await pause(50)) {
    const { status } = await get(`/api/webhooks/${webhook}/deliveries/${delivery}`)
    if (status === 200) return { webhook, delivery }
    if (Date.now() > limit) throw new Error(`the delivery is not there: ${status}`)
  }
}
