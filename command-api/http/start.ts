import { randomUUID } from 'node:crypto'
import { Rejection } from '../../schemas/rejection.ts'
import { type AnyRequest, type Asking, askingOf, scopeOf, secretId } from './asking.ts'

/** Most bytes of metadata: it is part of every state and every answer. */
const metadataBytes = 32_768
/** Whoever repeats the key of a nameless caller gets the conversation, so that a short one will not do. */
const anonymousKeyLength = 16

export interface StartNames {
  asking: Asking
  conversationId: string
  visitorId: string
}

type StartRequest = AnyRequest & {
  body: { widgetId: string; visitorId?: string | null | undefined; metadata?: Record<string, unknown> | undefined }
}

/**
 * The ids of a conversation that is to start. With an Idempotency-Key they are derived, so that a retry finds what the first try
 * made; with our secret, so that nobody else can.
 */
export function namesOf(request: StartRequest, workspaceId: string, secret: string): StartNames {
  const { body, caller, idempotencyKey: key } = request
  demandBounded(body.metadata)
  const scope = scopeOf(caller)
  if (key !== undefined && scope === 'visitor' && key.length < anonymousKeyLength) {
    throw invalid(
      'Idempotency-Key',
      `must have at least ${anonymousKeyLength} characters here: whoever repeats it gets the conversation`,
    )
  }
  const about = `${workspaceId}:start:${scope === 'visitor' ? body.widgetId : ''}`
  const asking = askingOf(request, about, 'start')
  const derive = (what: string) => (key === undefined ? randomUUID() : secretId(secret, what, scope, about, key))
  const visitorId = body.visitorId ?? derive('visitor')
  return {
    asking,
    conversationId: derive('conversation'),
    visitorId,
  }
}

export function demandBounded(metadata: Record<string, unknown> = {}): void {
  if (Buffer.byteLength(JSON.stringify(metadata)) <= metadataBytes) return
  throw invalid('/metadata', `must not be larger than ${metadataBytes} bytes`)
}

/** The path is a JSON pointer into the body, or the name of a header. */
function invalid(path: string, rule: string): Rejection {
  const message = `${path.replace('/', '')} ${rule}`
  return new Rejection('validation', message, [{ path, message }])
}
