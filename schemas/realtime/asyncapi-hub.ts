import Type, { type TSchema } from 'typebox'
import { exactly } from '../fields.ts'
import { componentReferences, components, type Message, message, operation } from './asyncapi-parts.ts'
import { describedHubEvents, HubQuery, hubEvents, hubMethods, hubPath } from './hub.ts'

const invocationId = Type.String({ description: 'asks for a completion with the same id' })
const sequenceId = Type.Integer({ minimum: 1 })

/** What both sides say beside invocations; the numbers are those of SignalR's hub protocol. */
const protocolMessages: readonly Message[] = [
  said(
    'handshake',
    'The first message of a client. Version 2 where the connection may outlive its WebSocket.',
    exactly({ protocol: Type.Literal('json'), version: Type.Enum([1, 2]) }),
  ),
  said('handshakeAnswer', 'Empty; or why the server will not speak.', exactly({ error: Type.Optional(Type.String()) })),
  said('ping', 'Either side, every 15 s.', exactly({ type: Type.Literal(6) })),
  said(
    'close',
    'The connection ends. From the server with a sentence, and whether connecting again makes sense.',
    exactly({
      type: Type.Literal(7),
      error: Type.Optional(Type.String()),
      allowReconnect: Type.Optional(Type.Literal(true)),
    }),
  ),
  said(
    'ack',
    'Stateful reconnect: everything up to this number has come.',
    exactly({ type: Type.Literal(8), sequenceId }),
  ),
  said(
    'sequence',
    'Stateful reconnect: what follows counts from this number.',
    exactly({ type: Type.Literal(9), sequenceId }),
  ),
]
const fromClient = ['handshake', 'ping', 'close', 'ack', 'sequence']
const fromServer = ['handshakeAnswer', 'ping', 'close', 'ack', 'sequence']

const methods = Object.entries(hubMethods).map(([name, { description, parameters, result }]) => ({
  call: said(
    name,
    description,
    exactly({
      type: Type.Literal(1),
      target: Type.Literal(name),
      invocationId: Type.Optional(invocationId),
      arguments: argumentsOf(parameters),
    }),
  ),
  completion: said(
    `${name}Completion`,
    `What ${name} is answered, where it had an id: the result, or a sentence that says why not.`,
    Type.Union([
      exactly({ type: Type.Literal(3), invocationId, result }),
      exactly({ type: Type.Literal(3), invocationId, error: Type.String() }),
    ]),
  ),
}))

const events = Object.entries(hubEvents).map(([name, payload]) =>
  said(
    name,
    describedHubEvents[name as keyof typeof hubEvents],
    exactly({ type: Type.Literal(1), target: Type.Literal(name), arguments: Type.Tuple([payload]) }),
  ),
)

/** The AsyncAPI 3 document of the SignalR hub, made from the schemas of its methods and events. */
export function hubAsyncApi() {
  const calls = methods.map(({ call }) => call)
  const completions = methods.map(({ completion }) => completion)
  const all = [...calls, ...completions, ...events, ...protocolMessages]
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Parley SignalR hub',
      version: '1.0.0',
      description:
        'The hub of document A, in the JSON hub protocol of ASP.NET Core SignalR: each message is one JSON object and ends with U+001E. ' +
        `POST ${hubPath}/negotiate gives a connection an id for any of the transports WebSockets, server-sent events and long polling; WebSockets may skip it. ` +
        'Official clients do all of this by themselves; docs/realtime.md shows how.',
    },
    defaultContentType: 'application/json',
    servers: { local: { host: 'localhost:5080', protocol: 'ws', description: 'the gateway' } },
    channels: {
      hub: {
        address: hubPath,
        description: 'With `conversationId` in the address, the connection joins that conversation by itself.',
        messages: componentReferences(all),
        bindings: { ws: { method: 'GET', query: query(), bindingVersion: '0.1.0' } },
      },
    },
    operations: {
      ...Object.fromEntries(
        methods.map(({ call, completion }) => [
          `call${call.name}`,
          operation('hub', 'receive', call.summary, [call], [completion]),
        ]),
      ),
      serverTells: operation('hub', 'send', 'What the server tells', events),
      clientSays: operation('hub', 'receive', 'What a client says beside', named(fromClient)),
      serverSays: operation('hub', 'send', 'What the server says beside', named(fromServer)),
    },
    components: components(all),
  }
}

function said(name: string, summary: string, payload: TSchema): Message {
  return message(name, name, summary, payload)
}

/** Positional, as SignalR has them. */
function argumentsOf(parameters: Readonly<Record<string, TSchema>>): TSchema {
  const list = Object.entries(parameters)
  const required = Type.Object(parameters).required ?? []
  return {
    type: 'array',
    // The form of JSON Schema draft 7, which AsyncAPI has.
    items: list.map(([title, schema]) => ({ title, ...schema })),
    additionalItems: false,
    minItems: required.length,
    maxItems: list.length,
  }
}

function query(): TSchema {
  const token = Type.String({
    description: 'an access token, a visitor token or an API key; `access_token` is the same',
  })
  const id = Type.String({ description: 'the connectionToken of negotiating' })
  return Type.Object({ ...HubQuery.properties, token: Type.Optional(token), id: Type.Optional(id) })
}

function named(names: readonly string[]): Message[] {
  return protocolMessages.filter(({ name }) => names.includes(name))
}
