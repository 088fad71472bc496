import type { TSchema } from 'typebox'
import { componentReferences, components, type Message, message, operation } from './asyncapi-parts.ts'
import { clientFrames, closeCodes, describedServerFrames, protocolName, serverFrames } from './frames.ts'

const closes = Object.values(closeCodes)
  .map(({ code, meaning }) => `- ${code}: ${meaning}`)
  .join('\n')

/** The AsyncAPI 3 document of the realtime protocol, made from the schemas of its frames. */
export function asyncApi() {
  const sent = Object.entries<TSchema>(clientFrames).map(([name, schema]) =>
    frame(name, 'client', 'description' in schema ? String(schema.description) : name, schema),
  )
  const received = Object.entries<TSchema>(serverFrames).map(([name, schema]) =>
    frame(name, 'server', describedServerFrames[name as keyof typeof serverFrames], schema),
  )
  const all = [...sent, ...received]
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Parley realtime',
      version: '1.0.0',
      description: `Conversations as they happen, over WebSocket. One JSON object a text frame, at most 64 KB; docs/realtime.md tells it in prose.\n\nClose codes:\n\n${closes}`,
    },
    defaultContentType: 'application/json',
    servers: {
      local: { host: 'localhost:5080', protocol: 'ws', description: 'the gateway' },
    },
    channels: {
      realtime: {
        address: '/realtime',
        description: `WebSocket; the subprotocol \`${protocolName}\` may be asked for.`,
        messages: componentReferences(all),
        bindings: { ws: { method: 'GET', bindingVersion: '0.1.0' } },
      },
    },
    operations: {
      clientSends: operation('realtime', 'receive', 'What a client may send', sent),
      serverSends: operation('realtime', 'send', 'What the server sends', received),
    },
    components: components(all),
  }
}

/** `typing` goes both ways with different fields, so that names carry the side. */
function frame(type: string, side: 'client' | 'server', summary: string, payload: TSchema): Message {
  return message(`${side}${type.slice(0, 1).toUpperCase()}${type.slice(1)}`, type, summary, payload)
}
