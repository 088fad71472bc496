import Type, { type Static } from 'typebox'
import { Role } from '../agent/events.ts'
import { Email } from '../agent/resource.ts'
import { apiKeyScopes } from '../caller.ts'
import { exactly, Id, Name, nullable, Time } from '../fields.ts'

/** A person, as GoTrue tells of one. */
export const GoTrueUser = Type.Object({
  id: Id,
  aud: Type.String(),
  role: Type.String(),
  email: Type.String(),
  app_metadata: Type.Object({ workspace_id: Id, role: Role }),
  user_metadata: Type.Object({ name: Type.Optional(Type.String()) }),
})
export type GoTrueUser = Static<typeof GoTrueUser>

/** GoTrue's answer to a grant. */
export const TokenAnswer = Type.Object({
  access_token: Type.String(),
  token_type: Type.Literal('bearer'),
  expires_in: Type.Integer({ description: 'seconds' }),
  expires_at: Type.Integer({ description: 'seconds since the Unix epoch' }),
  refresh_token: Type.String(),
  user: GoTrueUser,
})
export type TokenAnswer = Static<typeof TokenAnswer>

/** As it is given to be compared; what a new one must be is `NewPassword`. */
export const Password = Type.String({ minLength: 1, maxLength: 1024 })
export const NewPassword = Type.String({ minLength: 10, maxLength: 1024 })

/** Which of the fields are needed is the grant's to say: email and password, or the refresh token. */
export const TokenBody = exactly({
  email: Type.Optional(Email),
  password: Type.Optional(Password),
  refresh_token: Type.Optional(Type.String({ minLength: 1, maxLength: 1024 })),
  gotrue_meta_security: Type.Optional(Type.Object({}, { description: "sent by GoTrue's clients; ignored" })),
})

export const LoginBody = exactly({
  email: Email,
  password: Password,
  csrf_token: Type.Optional(
    Type.String({ maxLength: 1024, description: 'sent by forms; not needed here, and ignored' }),
  ),
})

/** Who has logged in. */
export const Person = Type.Object(
  { id: Id, workspaceId: Id, email: Type.String(), name: Type.String(), role: Role },
  { additionalProperties: false },
)
export type Person = Static<typeof Person>

export const SetPasswordBody = exactly({
  token: Type.String({ minLength: 1, maxLength: 200, description: 'of the one-time link' }),
  password: NewPassword,
})

export const ChangePasswordBody = exactly({ currentPassword: Password, newPassword: NewPassword })

export const CreateApiKeyBody = exactly({
  name: Name,
  scopes: Type.Array(Type.Enum(apiKeyScopes), { minItems: 1, uniqueItems: true }),
})

const apiKey = {
  id: Id,
  name: Type.String(),
  scopes: Type.Array(Type.Enum(apiKeyScopes)),
  hint: Type.String({ description: 'its beginning and end, to know it by' }),
  createdAt: Time,
  lastUsedAt: nullable(Time),
  revokedAt: nullable(Time),
}

export const ApiKey = Type.Object(apiKey, { additionalProperties: false })
export type ApiKey = Static<typeof ApiKey>

export const NewApiKey = Type.Object(
  { ...apiKey, key: Type.String({ description: 'shown here only' }) },
  { additionalProperties: false },
)

export const RecognisedCaller = exactly({ token: nullable(Type.String()) })
