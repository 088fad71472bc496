/** How one setting is declared, and the forms that its text may have. */

export type Read<T> = (text: string) => T

export interface Setting<T> {
  env: string
  about: string
  /** May name another setting in braces, which stands for that setting's value. */
  fallback: string
  read: Read<T>
  /** Its fallback is public, so production refuses it. */
  secret?: boolean
}

export const text: Read<string> = (value) => value

export const choice =
  <const T extends string>(...options: T[]): Read<T> =>
  (value) => {
    const found = options.find((option) => option === value)
    if (found === undefined) throw new Error(`must be one of ${options.join(', ')}`)
    return found
  }

export const whole =
  (least: number, most: number): Read<number> =>
  (value) => {
    const number = Number(value)
    if (!Number.isInteger(number) || number < least || number > most) {
      throw new Error(`must be a whole number from ${least} to ${most}`)
    }
    return number
  }

export const port = whole(1, 65535)

export const url =
  (...schemes: string[]): Read<string> =>
  (value) => {
    if (!schemes.some((scheme) => value.startsWith(`${scheme}://`))) {
      throw new Error(`must start with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`)
    }
    return value
  }

export const optionalUrl: Read<string | undefined> = (value) => (value === '' ? undefined : url('http', 'https')(value))

/** Several, by comma; none where it is empty. */
export const urls: Read<string[]> = (value) => list(value).map((one) => url('http', 'https')(one).replace(/\/+$/, ''))

export const key: Read<Buffer> = (value) => {
  const bytes = Buffer.from(value, 'base64')
  if (bytes.length !== 32) throw new Error('must be 32 bytes in base64 (make one with: openssl rand -base64 32)')
  return bytes
}

export const longSecret: Read<string> = (value) => {
  if (value.length < 32) throw new Error('must have at least 32 characters (make one with: openssl rand -hex 32)')
  return value
}

export const list: Read<string[]> = (value) =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')

export function setting<T>(env: string, fallback: string, read: Read<T>, about: string): Setting<T> {
  return { env, fallback, read, about }
}

export function secret<T>(env: string, fallback: string, read: Read<T>, about: string): Setting<T> {
  return { env, fallback, read, about, secret: true }
}
