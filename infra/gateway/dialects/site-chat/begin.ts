import { Rejection } from '../../../../schemas/rejection.ts'
import type { Request } from '../../../runtime/http/binding.ts'
import { type Canonical, gatewayFor, onBehalfOf } from '../canonical.ts'
import type { Site } from './site.ts'
import type { FirstWords } from './words.ts'

type Asked = Pick<Request, 'ip' | 'traceId' | 'idempotencyKey'>

/** How often somebody else may change the conversation between its start and its first message. */
const attempts = 3

/**
 * Starts the conversation with its first message; gives its visitor token. A start without message is as good as none: the next try goes
 * on where it ended. That the message is the first is settled by the revision at which it is sent. Throws Rejection('already-exists').
 */
export async function begin(canonical: Canonical, request: Asked, site: Site, words: FirstWords): Promise<string> {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const visitorToken = await tryToBegin(canonical, request, site, words)
    if (visitorToken !== undefined) return visitorToken
  }
  throw taken()
}

const taken = () => new Rejection('already-exists', 'A conversation with this visitor token already exists')

/** Undefined where something came between. */
async function tryToBegin(
  canonical: Canonical,
  request: Asked,
  site: Site,
  { name, email, message, visitorToken: externalId }: FirstWords,
): Promise<string | undefined> {
  const { idempotencyKey } = request
  const { body } = await canonical.openConversation({
    ...onBehalfOf(request, gatewayFor(site.workspaceId)),
    body: { channelId: site.id, externalId, contact: { name, email }, keepContact: true },
    idempotencyKey,
  })
  const { id, contactId, messageCount, revision, visitorId, workspaceId } = body.conversation
  const visitor = { kind: 'visitor', workspaceId, conversationId: id, contactId, visitorId } as const
  const begun = messageCount > 0
  // Of those who come too late, only the one who repeats the first message with its key is answered as before.
  if (begun && idempotencyKey === undefined) throw taken()
  try {
    await canonical.send({
      ...onBehalfOf(request, visitor),
      params: { id },
      body: { content: message },
      idempotencyKey,
      ifMatch: begun ? 0 : revision,
    })
    return body.visitorToken
  } catch (error) {
    if (!(error instanceof Rejection && error.code === 'precondition-failed')) throw error
    if (begun) throw taken()
    return undefined
  }
}
