import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto'

const algorithm = 'aes-256-gcm'
const ivLength = 12
const tagLength = 16

/** A new key for one contact: 32 random bytes. */
export function newKey(): KeyObject {
  return createSecretKey(randomBytes(32))
}

/** Encrypts a key under the master key, bound to its id: a row copied to another id does not open. iv | ciphertext | tag. */
export function wrap(key: KeyObject, keyId: string, masterKey: Buffer): Buffer {
  const iv = randomBytes(ivLength)
  const cipher = createCipheriv(algorithm, masterKey, iv, { authTagLength: tagLength })
  cipher.setAAD(Buffer.from(keyId))
  return Buffer.concat([iv, cipher.update(key.export()), cipher.final(), cipher.getAuthTag()])
}

/** Opens a wrapped key. Throws when the master key is another one, or the row was altered. */
export function unwrap(wrapped: Buffer, keyId: string, masterKey: Buffer): KeyObject {
  const iv = wrapped.subarray(0, ivLength)
  const decipher = createDecipheriv(algorithm, masterKey, iv, { authTagLength: tagLength })
  decipher.setAAD(Buffer.from(keyId))
  decipher.setAuthTag(wrapped.subarray(-tagLength))
  try {
    return createSecretKey(Buffer.concat([decipher.update(wrapped.subarray(ivLength, -tagLength)), decipher.final()]))
  } catch (error) {
    throw new Error(
      `The key of contact ${keyId} does not open: VAULT_MASTER_KEY is not the one that it was wrapped under, or its row was altered`,
      { cause: error },
    )
  }
}
