/**
 * Who calls, as the gateway found out from the credential and as the internal token carries it.
 * The sender of a message comes from here, never from a body.
 */
export type Caller =
  | { kind: 'anonymous' }
  | { kind: 'visitor'; workspaceId: string; conversationId: string; contactId: string; visitorId: string }
  | { kind: 'agent'; id: string; workspaceId: string; role: 'agent' | 'admin'; email: string; expiresAt?: Expiry }
  | { kind: 'apiKey'; id: string; workspaceId: string; scopes: string[]; expiresAt?: Expiry }
  | { kind: 'system'; id: string; workspaceId?: string | undefined }

/**
 * Who may call a route. `public`: anybody, the handler tells only what the caller may see. `agent`: agents and admins, and API keys
 * with the route's scope. `admin`: admins. `system`: our own services.
 */
export type Access = 'public' | 'agent' | 'admin' | 'system'

export const apiKeyScopes = ['import', 'read', 'write', 'ai', 'manage'] as const
export type ApiKeyScope = (typeof apiKeyScopes)[number]

/** When the credential itself expires, in seconds since the Unix epoch: a socket that rests on it is closed then. */
type Expiry = number | undefined
