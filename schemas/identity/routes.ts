import Type from 'typebox'
import { exactly, Id } from '../fields.ts'
import { route } from '../route.ts'
import {
  ApiKey,
  ChangePasswordBody,
  CreateApiKeyBody,
  GoTrueUser,
  LoginBody,
  NewApiKey,
  Person,
  RecognisedCaller,
  SetPasswordBody,
  TokenAnswer,
  TokenBody,
} from './resource.ts'

const tag = 'Identity'

/** Tokens and sessions. All are served by the gateway. */
const sessions = {
  token: route({
    service: 'gateway',
    method: 'POST',
    path: '/auth/v1/token',
    access: 'public',
    tag,
    summary: 'Get an access token by password or by refresh token',
    description:
      "GoTrue's requests and answers. A refresh token works once; using it again ends the session. What is refused is a problem as everywhere, with GoTrue's `msg`, `error_code` and `error_description` beside its own members; wrong credentials are 400, as GoTrue has it.",
    query: exactly({ grant_type: Type.Enum(['password', 'refresh_token']) }),
    body: TokenBody,
    answers: { 200: { description: 'the tokens', schema: TokenAnswer } },
    rejections: ['invalid-grant'],
  }),
  user: route({
    service: 'gateway',
    method: 'GET',
    path: '/auth/v1/user',
    access: 'agent',
    tag,
    summary: 'Who the access token stands for',
    description: "In GoTrue's form.",
    answers: { 200: { description: 'the person', schema: GoTrueUser } },
    rejections: [],
  }),
  endToken: route({
    service: 'gateway',
    method: 'POST',
    path: '/auth/v1/logout',
    access: 'agent',
    tag,
    summary: 'End the session of the access token',
    description:
      'Its refresh tokens hold no more; the access token itself runs out by itself, as in GoTrue. `scope`: this session (`local`), all of the person (`global`), or all others (`others`).',
    query: exactly({ scope: Type.Optional(Type.Enum(['local', 'global', 'others'], { default: 'local' })) }),
    answers: { 204: { description: 'ended' } },
    rejections: [],
  }),
  login: route({
    service: 'gateway',
    method: 'POST',
    path: '/auth/login',
    access: 'public',
    takes: 'form',
    tag,
    summary: 'Log in with a cookie',
    description:
      'Sets the cookie `session` (HttpOnly, SameSite=Lax, Secure outside development), which ends after seven days without use, and after thirty in any case. Requests with it that change something need the header `X-CSRFToken`. An `Authorization` header counts before a cookie. Not from pages of other origins than our own and those listed in CORS_ORIGINS (403).',
    body: LoginBody,
    answers: {
      200: {
        description: 'who has logged in, and the token for X-CSRFToken',
        schema: Type.Object({ user: Person, csrfToken: Type.String() }),
      },
    },
    rejections: ['invalid-grant'],
  }),
  csrf: route({
    service: 'gateway',
    method: 'GET',
    path: '/auth/csrf',
    access: 'agent',
    tag,
    summary: 'The token that requests with the session cookie give as X-CSRFToken',
    description: 'The same for as long as the session lasts.',
    answers: { 200: { description: 'the token', schema: Type.Object({ csrfToken: Type.String() }) } },
    rejections: [],
  }),
  logout: route({
    service: 'gateway',
    method: 'POST',
    path: '/auth/logout',
    access: 'public',
    tag,
    summary: 'End the session of the cookie',
    description: 'And clear the cookie. With an access token: end its session.',
    answers: { 204: { description: 'ended, or there was none' } },
    rejections: [],
  }),
}

const passwords = {
  setPassword: route({
    service: 'gateway',
    method: 'POST',
    path: '/auth/password',
    access: 'public',
    tag,
    summary: 'Set a password with a one-time link',
    description: 'Ends all sessions of the person. A link that was used, has expired or never was: 410.',
    body: SetPasswordBody,
    answers: { 204: { description: 'set; the link is used up' } },
    rejections: ['invalid-link'],
  }),
  changePassword: route({
    service: 'gateway',
    method: 'POST',
    path: '/api/settings/password',
    access: 'agent',
    tag: 'Settings',
    summary: 'Change one’s own password',
    description: 'Ends all sessions of the person but the one that this request is made with.',
    body: ChangePasswordBody,
    answers: { 204: { description: 'changed' } },
    rejections: [],
  }),
}

const apiKeys = {
  listApiKeys: route({
    service: 'gateway',
    method: 'GET',
    path: '/api/api-keys',
    access: 'admin',
    tag,
    summary: 'List API keys',
    description: 'The newest first, also those that were revoked; at most 1000.',
    answers: { 200: { description: 'the keys', schema: Type.Object({ data: Type.Array(ApiKey) }) } },
    rejections: [],
  }),
  createApiKey: route({
    service: 'gateway',
    method: 'POST',
    path: '/api/api-keys',
    access: 'admin',
    tag,
    summary: 'Create an API key',
    description:
      '`read`: see what agents see. `write`: act on conversations and contacts. `ai`: send messages as the AI. `manage`: widgets, channels, settings. `import`: bring in history, free of limits.',
    body: CreateApiKeyBody,
    answers: { 201: { description: 'the key, which is shown this once', schema: NewApiKey } },
    rejections: ['idempotency-key-reused'],
  }),
  revokeApiKey: route({
    service: 'gateway',
    method: 'DELETE',
    path: '/api/api-keys/{id}',
    access: 'admin',
    tag,
    summary: 'Revoke an API key',
    description: 'It is refused at once, or within some seconds where several gateways run.',
    params: exactly({ id: Id }),
    answers: { 204: { description: 'revoked, now or before' } },
    rejections: ['not-found'],
  }),
}

/** For sockets whose credential comes in a message that the gateway does not see. */
const internal = {
  recognise: route({
    service: 'gateway',
    method: 'POST',
    path: '/internal/credentials',
    access: 'system',
    tag: 'Internal',
    summary: 'Turn a credential that a client has shown into an internal token',
    body: exactly({ credential: Type.String({ minLength: 1, maxLength: 8192 }) }),
    answers: { 200: { description: 'the token; null for a credential that holds nothing', schema: RecognisedCaller } },
    rejections: [],
  }),
}

export const identityRoutes = { ...sessions, ...passwords, ...apiKeys, ...internal }
