import {
  HttpTransportType,
  type HubConnection,
  HubConnectionBuilder,
  type IHttpConnectionOptions,
  LogLevel,
} from '@microsoft/signalr'
import { type HubEventName, hubEvents } from '../../schemas/realtime/hub.ts'
import { checkOf } from '../../schemas/validator.ts'

export const transports = {
  WebSockets: { transport: HttpTransportType.WebSockets },
  'WebSockets without negotiation': { transport: HttpTransportType.WebSockets, skipNegotiation: true },
  'server-sent events': { transport: HttpTransportType.ServerSentEvents },
  'long polling': { transport: HttpTransportType.LongPolling },
} as const satisfies Record<string, IHttpConnectionOptions>

export interface HubClientOptions extends IHttpConnectionOptions {
  /** The connection is to outlive its WebSocket. */
  stateful?: boolean
  /** Pauses before it connects again, in milliseconds. */
  reconnect?: number[]
}

// Payloads are what their schemas say: `heard` refuses any other.
export interface Heard {
  event: HubEventName
  payload: Record<string, unknown>
}

/** The published client, with all that it was told. */
export interface HubClient {
  hub: HubConnection
  heard: Heard[]
  /** What came in the events of one name. */
  told(event: HubEventName): Record<string, unknown>[]
}

const checks = Object.entries(hubEvents).map(([event, schema]) => [event as HubEventName, checkOf(schema)] as const)

export function hubClient(url: string, { stateful, reconnect, ...options }: HubClientOptions = {}): HubClient {
  const builder = new HubConnectionBuilder().withUrl(url, options).configureLogging(LogLevel.None)
  if (reconnect !== undefined) builder.withAutomaticReconnect(reconnect)
  if (stateful) builder.withStatefulReconnect()
  const hub = builder.build()
  const heard: Heard[] = []
  for (const [event, check] of checks) {
    hub.on(event, (payload) => {
      const checked = check(payload)
      if (!checked.ok) throw new Error(`${event} is not as its schema says: ${JSON.stringify(checked.errors)}`)
      heard.push({ event, payload })
    })
  }
  const told = (name: HubEventName) => heard.filter(({ event }) => event === name).map(({ payload }) => payload)
  return { hub, heard, told }
}

/** Resolves with the words of the error with which the connection ends for good. */
export function closingOf({ hub }: HubClient): Promise<string> {
  return new Promise((resolve) => hub.onclose((error) => resolve(error?.message ?? '')))
}
