import assert from 'node:assert/strict'
import { type House, openHouse } from '../house.ts'
import { commandTests } from './command.ts'
import { keyTests } from './keys.ts'
import { lastAdminTests } from './last-admin.ts'
import { passwordTests } from './passwords.ts'
import { peopleTests } from './people.ts'
import { Secrets } from './secrets.ts'

/** The whole platform, as people come to it, change in it and leave it (API.md, Identity; document D, Agents). */
describe('identity', () => {
  const lines: string[] = []
  const secrets = new Secrets()
  let house: House
  before(async () => {
    house = await openHouse({ LOG_LEVEL: 'trace' }, (_, line) => lines.push(line))
    secrets.watch(house)
  })
  after(() => house.stack.stop())

  peopleTests(() => house)
  passwordTests(() => house)
  keyTests(() => house)
  commandTests(() => house)
  lastAdminTests(() => house)

  describe('and the logs', () => {
    it('writes no secret to any log', () => {
      for (const service of ['gateway', 'command-api', 'query-api']) {
        assert.ok(
          lines.some((line) => line.includes(`"service":"${service}"`)),
          `${service} writes logs`,
        )
      }
      assert.ok(secrets.seen.size > 20, 'there are secrets to look for')
      const told = [...secrets.seen].filter((secret) => lines.some((line) => line.includes(secret)))
      assert.deepEqual(told, [])
    })
  })
})
