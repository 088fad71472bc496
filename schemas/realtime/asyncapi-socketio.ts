import Type, { type TSchema } from 'typebox'
import { componentReferences, components, type Message, message, operation } from './asyncapi-parts.ts'
import { SocketAck, SocketAuth, socketCommands, socketEvents, socketIoPath } from './socket-io.ts'

const commands = Object.entries(socketCommands).map(([name, schema]) => said(name, schema))
const events = Object.entries(socketEvents).map(([name, schema]) => said(name, schema))
const auth = message(
  'auth',
  'auth',
  'What a client may show when it connects: `auth` of its options. All of it is an addition to the document.',
  SocketAuth,
)
const acknowledgement = message(
  'acknowledgement',
  'acknowledgement',
  'What a command is answered, where the client asks for it. `id`: of the message, or of the conversation where none was named.',
  SocketAck,
)

/** The AsyncAPI 3 document of the Socket.IO events, made from their schemas. */
export function socketIoAsyncApi() {
  const all = [auth, ...commands, acknowledgement, ...events]
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Parley Socket.IO',
      version: '1.0.0',
      description:
        'The events of document C, over Socket.IO v4 (protocol 5, Engine.IO 4), in the namespace `/`. Each event has one payload, and those of clients may ask for an acknowledgement. ' +
        'What of a payload is an addition to the document says so. docs/realtime.md tells it in prose.',
    },
    defaultContentType: 'application/json',
    servers: { local: { host: 'localhost:5080', protocol: 'ws', description: 'the gateway' } },
    channels: {
      events: {
        address: `${socketIoPath}/`,
        description:
          'Official clients connect by themselves, by polling or WebSocket; agents are known by session cookie, bearer or `token`.',
        messages: componentReferences(all),
        bindings: { ws: { method: 'GET', query: query(), bindingVersion: '0.1.0' } },
      },
    },
    operations: {
      clientConnects: operation('events', 'receive', auth.summary, [auth]),
      ...Object.fromEntries(
        commands.map((command) => [
          `on_${command.name}`,
          operation('events', 'receive', command.summary, [command], [acknowledgement]),
        ]),
      ),
      serverTells: operation('events', 'send', 'What the server tells', events),
    },
    components: components(all),
  }
}

function said(name: string, schema: TSchema & { description?: string }): Message {
  return message(name, name, schema.description ?? name, schema)
}

function query(): TSchema {
  const token = Type.String({ description: 'an access token, a visitor token or an API key' })
  return Type.Object({
    EIO: Type.Literal('4'),
    transport: Type.Enum(['polling', 'websocket']),
    token: Type.Optional(token),
  })
}
