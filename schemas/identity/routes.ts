import Type, { type Static } from 'typebox'
import { Role } from '../agent/events.ts'
import { Email } from '../agent/resource.ts'
import { exactly, Id } from '../fields.ts'
import { route } from '../route.ts'

/** GoTrue's answer to a grant. */
export const TokenAnswer = Type.Object({
  access_token: Type.String(),
  token_type: Type.Literal('bearer'),
  expires_in: Type.Integer({ description: 'seconds' }),
  expires_at: Type.Integer({ description: 'seconds since the Unix epoch' }),
  refresh_token: Type.String(),
  user: Type.Object({
    id: Id,
    aud: Type.String(),
    role: Type.String(),
    email: Type.String(),
    app_metadata: Type.Object({ workspace_id: Id, role: Role }),
    user_metadata: Type.Object({ name: Type.String() }),
  }),
})
export type TokenAnswer = Static<typeof TokenAnswer>

export const identityRoutes = {
  token: route({
    service: 'gateway',
    method: 'POST',
    path: '/auth/v1/token',
    access: 'public',
    tag: 'Identity',
    summary: 'Get an access token by password or by refresh token',
    description: "GoTrue's requests and answers. A refresh token works once; using it again ends the session.",
    query: exactly({ grant_type: Type.Enum(['password', 'refresh_token']) }),
    body: Type.Union([
      exactly({ email: Email, password: Type.String({ minLength: 1, maxLength: 1024 }) }),
      exactly({ refresh_token: Type.String({ minLength: 1, maxLength: 1024 }) }),
    ]),
    answers: { 200: { description: 'the tokens', schema: TokenAnswer } },
    rejections: [],
  }),
}
