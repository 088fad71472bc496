import { generateKeyPairSync } from 'node:crypto'

const pem = { type: 'pkcs8', format: 'pem' } as const

/** A service account as Google's console gives it out; its `token_uri` leads elsewhere, and is not to be followed. */
export function serviceAccount() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return {
    type: 'service_account',
    project_id: 'parley-test',
    private_key_id: 'a1b2c3',
    private_key: privateKey.export(pem).toString(),
    client_email: 'push@parley-test.iam.gserviceaccount.com',
    token_uri: 'http://127.0.0.1:9/somewhere-inside',
  }
}

/** A key as Apple gives it out. */
export function appleKey(): string {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export(pem).toString()
}
