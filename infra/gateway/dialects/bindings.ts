import type { VisitorTokens } from '../../runtime/auth/visitor-tokens.ts'
import type { Binding } from '../../runtime/http/binding.ts'
import type { Service } from '../../runtime/http/service-call.ts'
import type { RateLimits } from '../rate-limits.ts'
import { createCanonical } from './canonical.ts'
import { createChannels } from './channels.ts'
import { agentBindings } from './chatbot-platform/agents.ts'
import { endUserBindings } from './chatbot-platform/end-users.ts'
import { siteChatBindings } from './site-chat/site-chat.ts'

export interface DialectParts {
  commandApi: Service
  queryApi: Service
  visitorTokens: VisitorTokens
  limit: RateLimits
}

/** The APIs of documents B and C: translated from and to the canonical one; no rule of the domain lives here. */
export function dialectBindings({ commandApi, queryApi, visitorTokens, limit }: DialectParts): Binding[] {
  const canonical = createCanonical({ commandApi, queryApi })
  const channels = createChannels(canonical)
  return [
    ...siteChatBindings({ canonical, channels, visitorTokens, limit }),
    ...agentBindings(canonical),
    ...endUserBindings(canonical, channels),
  ]
}
