import type { ChannelChanges } from '../../../schemas/channel/commands.ts'
import { checkConfig, configDefaults } from '../../../schemas/channel/config.ts'
import type { ChannelType } from '../../../schemas/channel/events.ts'
import { checkSecrets } from '../../../schemas/channel/secrets.ts'
import { type FieldError, Rejection } from '../../../schemas/rejection.ts'

/** What a channel is set to, and the secrets that it needs for it. */
interface SetUp {
  config: Readonly<Record<string, unknown>>
  secrets: Readonly<Record<string, string>>
}

/** Throws Rejection('validation') with the paths /config/… and /secrets/…. */
export function newSetUp(type: ChannelType, asked: SetUp & { identitySecret: string }): SetUp {
  const setUp = { config: { ...configDefaults[type], ...asked.config }, secrets: asked.secrets }
  return whole(type, setUp, asked.identitySecret)
}

/** Merged here and not at the door, so that two who change different fields at once both have their way. */
export function changedSetUp(
  known: SetUp & { channelType: ChannelType },
  { changes, identitySecret }: { changes: ChannelChanges; identitySecret: string },
): SetUp {
  const secrets = Object.entries({ ...known.secrets, ...changes.secrets })
  const setUp = {
    config: { ...known.config, ...changes.config },
    secrets: Object.fromEntries(secrets.filter((entry): entry is [string, string] => entry[1] !== null)),
  }
  return whole(known.channelType, setUp, identitySecret)
}

function whole(type: ChannelType, { config, secrets }: SetUp, identitySecret: string): SetUp {
  demand(checkConfig(type, config), 'config')
  const missing = config.identityVerification === 'required' && secrets.identitySecret === undefined
  const complete = missing ? { ...secrets, identitySecret } : secrets
  demand(checkSecrets(type, complete), 'secrets')
  return { config, secrets: complete }
}

function demand(checked: { ok: true } | { ok: false; errors: readonly FieldError[] }, part: string): void {
  if (checked.ok) return
  const errors = checked.errors.map(({ path, message }) => ({ path: `/${part}${path}`, message }))
  throw new Rejection('validation', errors[0]?.message ?? `${part} is invalid`, errors)
}
