import type { Config } from '../../runtime/config.ts'
import type { Binding } from '../../runtime/http/binding.ts'
import type { Service } from '../../runtime/http/service-call.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { Database } from '../../runtime/postgres.ts'
import type { RedisClient } from '../../runtime/redis.ts'
import type { Origins } from '../origins.ts'
import { type AccessTokens, createAccessTokens } from './access-tokens.ts'
import { apiKeyRoutes } from './api-key-routes.ts'
import { type ApiKeys, createApiKeys } from './api-keys.ts'
import { type CookieTools, cookieRoutes } from './cookie-routes.ts'
import { type CookieSessions, createCookieSessions } from './cookie-sessions.ts'
import { connectGoTrue } from './gotrue.ts'
import { foreignInvitationRoutes, invitationRoutes } from './invitation-routes.ts'
import { createInvitations } from './invitations.ts'
import { createLoginLimits, noLoginLimits } from './login-limits.ts'
import { createPasswordLinks } from './password-links.ts'
import { foreignPasswordRoutes, passwordRoutes } from './password-routes.ts'
import { createSessionCookie } from './session-cookie.ts'
import { createSessions } from './sessions.ts'
import { createStanding, type Standing } from './standing.ts'
import { askFor, forwardedTokenRoutes, tokenRoutes } from './token-routes.ts'
import { createUsers } from './users.ts'

export interface IdentitySurroundings {
  config: Config
  logger: Logger
  database: Database
  redis: RedisClient
  origins: Origins
  commandApi: Service
}

/** What finds out who calls, and the routes by which people log in and are let in. */
export interface Identity {
  accessTokens: AccessTokens
  apiKeys: ApiKeys
  cookieSessions: CookieSessions
  standing: Standing
  bindings: Binding[]
}

export function createIdentity(surroundings: IdentitySurroundings): Identity {
  const { config, logger, database, redis, origins, commandApi } = surroundings
  const { publicUrl, idSecret, accessTokenSeconds } = config
  const accessTokens = createAccessTokens(config)
  const apiKeys = createApiKeys(database, logger)
  const cookieSessions = createCookieSessions(database, logger)
  const standing = createStanding(commandApi, logger)
  const loginLimits = config.rateLimits === 'off' ? noLoginLimits() : createLoginLimits(redis)
  const users = createUsers(database)
  const sessions = createSessions(database)
  const links = createPasswordLinks(database, { publicUrl })
  const invitations = createInvitations({ users, links, standing, commandApi, idSecret })
  const login = { loginLimits, standing }
  const secure = config.environment === 'production' || publicUrl.startsWith('https:')
  const byCookie = { ...login, cookieSessions, cookie: createSessionCookie({ secure }), origins }

  const ownBindings = () => [
    ...tokenRoutes({ ...login, users, sessions, accessTokens, accessTokenSeconds }),
    ...cookieRoutes({
      ...byCookie,
      async check(email, password) {
        const person = await users.authenticate(email, password)
        return person && { person }
      },
      endToken: (token, userId) => sessions.end(userId, accessTokens.sessionOf(token), 'local'),
    }),
    ...passwordRoutes({ ...login, users, links, cookieSessions, accessTokens }),
    ...invitationRoutes(invitations, cookieSessions),
  ]
  const foreignBindings = (url: string) => {
    const goTrue = connectGoTrue(url)
    const check: CookieTools['check'] = (email, password) => askFor(goTrue, email, password)
    return [
      ...forwardedTokenRoutes(goTrue, login),
      ...cookieRoutes({ ...byCookie, check, endToken: (token) => goTrue.logout(token, 'local') }),
      ...foreignPasswordRoutes(),
      ...foreignInvitationRoutes(invitations),
    ]
  }
  return {
    accessTokens,
    apiKeys,
    cookieSessions,
    standing,
    bindings: [
      ...(config.goTrueUrl === undefined ? ownBindings() : foreignBindings(config.goTrueUrl)),
      ...apiKeyRoutes({ apiKeys, idSecret }),
    ],
  }
}
