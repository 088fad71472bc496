import { identityRoutes } from '../../../schemas/identity/routes.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import { type Binding, bind } from '../../runtime/http/binding.ts'
import type { ApiKeys } from './api-keys.ts'
import { derivedSecret } from './secret.ts'
import { personOf } from './standing.ts'

/** An admin's API keys. No scope lets a key in: a key makes no keys. */
export function apiKeyRoutes({ apiKeys, idSecret }: { apiKeys: ApiKeys; idSecret: string }): Binding[] {
  return [
    bind(identityRoutes.listApiKeys, async ({ caller }) => ({
      status: 200,
      body: { data: await apiKeys.list(personOf(caller).workspaceId) },
    })),

    bind(identityRoutes.createApiKey, async ({ caller, body, idempotencyKey }) => {
      const { id, workspaceId } = personOf(caller)
      const secret = idempotencyKey && derivedSecret(idSecret, 'api-key', workspaceId, id, idempotencyKey)
      return { status: 201, body: await apiKeys.create({ workspaceId, ...body }, secret) }
    }),

    bind(identityRoutes.revokeApiKey, async ({ caller, params }) => {
      if (await apiKeys.revoke(personOf(caller).workspaceId, params.id)) return { status: 204 }
      throw new Rejection('not-found', 'There is no such API key.')
    }),
  ]
}
