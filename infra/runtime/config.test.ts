import assert from 'node:assert/strict'
import { ConfigError, readConfig } from './config.ts'

function refusal(env: Record<string, string>): string {
  try {
    readConfig(env)
  } catch (error) {
    assert(error instanceof ConfigError)
    return error.message
  }
  assert.fail('it was accepted')
}

describe('the configuration', () => {
  it('needs nothing in development', () => {
    const config = readConfig({})
    assert.equal(config.gatewayPort, 5080)
    assert.equal(config.eventStoreUrl, 'esdb://127.0.0.1:2113?tls=false')
  })

  it('names every wrong setting, what it must be and what it is', () => {
    const told = refusal({ GATEWAY_PORT: 'http', EVENTSTORE_URL: 'localhost:2113', RATE_LIMITS: 'no' })
    assert.match(told, /GATEWAY_PORT must be a whole number from 1 to 65535 .*It is "http"/)
    assert.match(told, /EVENTSTORE_URL must start with esdb:\/\//)
    assert.match(told, /RATE_LIMITS must be one of on, off/)
  })

  it('never shows a secret', () => {
    const told = refusal({ INTERNAL_JWT_SECRET: 'hunter2' })
    assert.match(told, /INTERNAL_JWT_SECRET must have at least 32 characters/)
    assert.doesNotMatch(told, /hunter2/)
  })

  it('refuses the demo secrets in production', () => {
    const told = refusal({ NODE_ENV: 'production' })
    const secrets = [
      'GOTRUE_JWT_SECRET',
      'INTERNAL_JWT_SECRET',
      'VISITOR_TOKEN_SECRET',
      'ID_SECRET',
      'VAULT_MASTER_KEY',
    ]
    for (const name of secrets) assert.match(told, new RegExp(`${name} is the demo secret`))
  })

  it('refuses a shard that is not one of the shards', () => {
    assert.match(
      refusal({ PROJECTOR_SHARD: '4', PROJECTOR_SHARDS: '4' }),
      /PROJECTOR_SHARD must be below PROJECTOR_SHARDS/,
    )
  })
})
