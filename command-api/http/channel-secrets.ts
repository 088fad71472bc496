import { createPrivateKey } from 'node:crypto'
import type { FieldError } from '../../schemas/rejection.ts'

/** What is wrong with secrets beyond their form: such that no push service would take. Never quotes them. */
export function secretErrors(secrets: Readonly<Record<string, string | null>> | undefined): FieldError[] {
  const { fcmServiceAccount, apnsPrivateKey } = secrets ?? {}
  const wrong = (name: string, rule: string): FieldError => ({ path: `/secrets/${name}`, message: `${name} ${rule}` })
  return [
    ...(typeof fcmServiceAccount !== 'string' || isServiceAccount(fcmServiceAccount)
      ? []
      : [wrong('fcmServiceAccount', 'must be the JSON of a service account, with client_email and private_key')]),
    ...(typeof apnsPrivateKey !== 'string' || isAppleKey(apnsPrivateKey)
      ? []
      : [wrong('apnsPrivateKey', "must be a PEM private key on the curve P-256, as Apple's .p8 file has it")]),
  ]
}

function isServiceAccount(text: string): boolean {
  const account = parsed(text)
  if (typeof account !== 'object' || account === null) return false
  return ['project_id', 'client_email', 'private_key'].every(
    (name) => name in account && typeof Object(account)[name] === 'string',
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function isAppleKey(pem: string): boolean {
  try {
    return createPrivateKey({ key: pem, format: 'pem' }).asymmetricKeyDetails?.namedCurve === 'prime256v1'
  } catch (error) {
    // Not PEM, or of a kind that is not known: OpenSSL says so in many ways.
    if (error instanceof Error) return false
    throw error
  }
}
