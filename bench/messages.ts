import { randomUUID } from 'node:crypto'
import { EventStoreDBClient, type JSONType, jsonEvent, NO_STREAM } from '@eventstore/db-client'
import { Pool } from 'undici'
import { type Figure, rateOf } from './figure.ts'
import { openHouse } from './house.ts'

const inFlight = 64
const text = 'I want to make a restaurant reservation for 2 people at half past 11 in the morning, please.'

/** Acknowledged messages a second through command-api's HTTP, beside bare appends of the same bytes. */
export async function messages(total: number): Promise<Figure> {
  const house = await openHouse(['event-store', 'postgres', 'command-api'])
  try {
    const conversations = await house.start(500)
    const pool = new Pool(house.stack.url('command-api'), { connections: inFlight })
    const body = JSON.stringify({ content: text, senderType: 'visitor' })
    const send = async (n: number) => {
      const path = `/api/conversations/${conversations[n % conversations.length]}/messages`
      const headers = { 'content-type': 'application/json', 'idempotency-key': `bench-message-${n}` }
      const reply = await pool.request({ method: 'POST', path, headers, body })
      if (reply.statusCode !== 201)
        throw new Error(`a message was answered with ${reply.statusCode}: ${await reply.body.text()}`)
      await reply.body.dump()
    }
    await rateOf(total / 5, inFlight, (n) => send(-1 - n + total))
    const ours = await rateOf(total, inFlight, (n) => send(n + total))
    await pool.close()

    const client = EventStoreDBClient.connectionString(house.stack.config.eventStoreUrl)
    const stored = await lastEvent(client, `conversation-${conversations[0]}`)
    const append = (stream: string) => {
      const event = jsonEvent({ id: randomUUID(), type: 'MessageSent', data: stored.data, metadata: stored.metadata })
      return client.appendToStream(stream, event, { expectedRevision: NO_STREAM })
    }
    await rateOf(total / 5, inFlight, (n) => append(`warm-${n}`))
    const bare = await rateOf(total, inFlight, (n) => append(`bare-${n}`))
    await client.dispose()
    return {
      name: 'messages acknowledged, HTTP, 64 in flight',
      unit: '/s',
      ours,
      bare: { what: 'appendToStream of the same bytes', value: bare },
      aim: { ratio: 0.25 },
    }
  } finally {
    await house.close()
  }
}

/** Reads to the end of what was asked: a read that is left early keeps its connection from closing. */
async function lastEvent(client: EventStoreDBClient, stream: string): Promise<{ data: JSONType; metadata: JSONType }> {
  let found: { data: JSONType; metadata: JSONType } | undefined
  const options = { direction: 'backwards', fromRevision: 'end', maxCount: 1 } as const
  for await (const { event } of client.readStream(stream, options)) {
    if (event?.isJson) found = { data: event.data, metadata: event.metadata as JSONType }
  }
  if (found === undefined) throw new Error(`${stream} has no events`)
  return found
}
