import { identityRoutes as routes } from '../../schemas/identity/routes.ts'
import { Rejection } from '../../schemas/rejection.ts'
import type { InternalTokens } from '../runtime/auth/internal-tokens.ts'
import { type Binding, bind } from '../runtime/http/binding.ts'
import type { Tokens } from '../runtime/http/exchange.ts'

/** Says to our own services who stands behind a credential that came to them where the gateway does not look. */
export function recognitionBindings({
  credentials,
  tokens,
}: {
  credentials: Tokens
  tokens: Pick<InternalTokens, 'issue'>
}): Binding[] {
  return [
    bind(routes.recognise, async ({ body }) => {
      try {
        const caller = await credentials.read(body.credential)
        return { status: 200, body: { token: await tokens.issue(caller) } }
      } catch (error) {
        if (error instanceof Rejection && error.code === 'unauthenticated')
          return { status: 200, body: { token: null } }
        throw error
      }
    }),
  ]
}
