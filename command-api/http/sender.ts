import type { Caller } from '../../schemas/caller.ts'
import type { SenderType } from '../../schemas/conversation/events.ts'
import { Rejection } from '../../schemas/rejection.ts'

interface Claimed {
  senderType?: SenderType | undefined
  senderId?: string | null | undefined
  occurredAt?: string | undefined
}

/** Who sends: the credential says it. A body may only claim what the credential allows (API.md, Identity); else 403. */
export function senderOf(caller: Caller, claimed: Claimed, visitorId: string): { type: SenderType; id: string } {
  refuseOtherTimes(caller, claimed.occurredAt)
  switch (caller.kind) {
    case 'anonymous':
    case 'visitor':
      return { type: only(claimed, 'visitor', 'Without an agent’s credential'), id: visitorId }
    case 'agent':
      return { type: only(claimed, 'agent', 'With an agent’s credential'), id: caller.id }
    case 'apiKey':
      if (mayImport(caller)) return imported(claimed, visitorId, caller.id)
      if (caller.scopes.includes('ai')) return { type: only(claimed, 'ai', 'With this API key'), id: caller.id }
      throw new Rejection('forbidden', 'This API key may not send messages: that needs the scope ai or import.')
    case 'system':
      return imported({ ...claimed, senderType: claimed.senderType ?? 'system' }, visitorId, caller.id)
  }
}

/** Throws 403 where a caller without the scope `import` says when something happened. */
export function refuseOtherTimes(caller: Caller, occurredAt: string | undefined): void {
  if (occurredAt === undefined || mayImport(caller) || caller.kind === 'system') return
  throw new Rejection('forbidden', 'occurredAt needs an API key with the scope import.')
}

export function mayImport(caller: Caller): boolean {
  return caller.kind === 'apiKey' && caller.scopes.includes('import')
}

function only(claimed: Claimed, allowed: SenderType, who: string): SenderType {
  if (claimed.senderType === undefined || claimed.senderType === allowed) return allowed
  throw new Rejection('forbidden', `${who}, senderType can only be ${allowed}.`)
}

function imported(
  { senderType = 'visitor', senderId }: Claimed,
  visitorId: string,
  callerId: string,
): { type: SenderType; id: string } {
  return { type: senderType, id: senderType === 'visitor' ? visitorId : (senderId ?? callerId) }
}
