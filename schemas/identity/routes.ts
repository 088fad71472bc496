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

/** Which of the fields are needed is the grant's to say: email and password, or the refresh token. */
export const TokenBody = exactly({
  email: Type.Optional(Email),
  password: Type.Optional(Type.String({ minLength: 1, maxLength: 1024 })),
  refresh_token: Type.Optional(Type.String({ minLength: 1, maxLength: 1024 })),
  gotrue_meta_security: Type.Optional(Type.Object({}, { description: "sent by GoTrue's clients; ignored" })),
})

export const identityRoutes = {
  token: route({
    service: 'gateway',
    method: 'POST',
    path: '/auth/v1/token',
    access: 'public',
    tag: 'Identity',
    summary: 'Get an access token by password or by refresh token',
    description:
      "GoTrue's requests and answers. A refresh token works once; using it again ends the session. What is refused is a problem as everywhere, with GoTrue's `msg`, `error_code` and `error_description` beside its own members; wrong credentials are 400, as GoTrue has it.",
    query: exactly({ grant_type: Type.Enum(['password', 'refresh_token']) }),
    body: TokenBody,
    answers: { 200: { description: 'the tokens', schema: TokenAnswer } },
    rejections: ['invalid-grant'],
  }),
}
