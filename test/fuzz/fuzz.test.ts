import assert from 'node:assert/strict'
import { Validator } from '@seriousme/openapi-schema-validator'
import fc from 'fast-check'
import { request } from 'undici'
import { type House, openHouse } from '../house.ts'
import { furnish } from './furniture.ts'
import { type Asked, type Document, type Operation, operationsOf } from './operations.ts'

/** How many requests each operation gets. A seed that found something is printed with it: give it as FUZZ_SEED to see it again. */
const runs = 25

/**
 * Requests made from the OpenAPI document that the gateway serves, fitting and spoilt, by callers of every kind: no 500, no status
 * that is not documented, no answer that breaks its schema.
 */
describe('requests made from the OpenAPI document', () => {
  let house: House
  let document: Document
  const failures: string[] = []

  before(async () => {
    // Some ask to see a position that is far off, for which each read would wait its 2 s.
    house = await openHouse({ WAIT_FOR_MS: '100' })
    const { body } = await house.call('GET', '/openapi.json')
    document = body as unknown as Document
  })
  after(() => house.stack.stop())

  it('come from a document that others can read', async () => {
    const { valid, errors } = await new Validator().validate({ ...document })
    assert.equal(valid, true, JSON.stringify(errors))
  })

  it('get answers that it documents', async function () {
    this.timeout(300_000)
    const { pool, callers } = await furnish(house)
    const operations = operationsOf(document, pool)
    const seed = Math.trunc(Math.random() * 2 ** 31)
    for (const operation of operations) {
      const asked = fc.sample(fc.tuple(operation.requests, fc.constantFrom(...callers)), { seed, numRuns: runs })
      await Promise.all(asked.map(([one, caller]) => ask(operation, one, caller.headers, caller.name)))
    }
    assert.equal(failures.length, 0, `seed ${seed}\n${failures.slice(0, 40).join('\n')}\n${failures.length} in all`)
  })

  async function ask(operation: Operation, asked: Asked, headers: Record<string, string>, who: string): Promise<void> {
    const { method, path, body } = asked
    const reply = await request(house.stack.url('gateway') + path, {
      method: method as 'POST',
      headers: { ...headers, ...asked.headers },
      body: body ?? null,
    })
    const text = await reply.body.text()
    const mediaType = String(reply.headers['content-type'] ?? '').split(';', 1)[0] ?? ''
    const answer: unknown = text === '' ? undefined : mediaType.endsWith('json') ? JSON.parse(text) : text
    const objection =
      reply.statusCode >= 500 && reply.statusCode !== 504
        ? `${reply.statusCode} ${text}`
        : operation.objection(reply.statusCode, mediaType, answer)
    if (objection === undefined) return
    failures.push(
      `${operation.method} ${operation.path} as ${who}: ${objection}\n    ${method} ${path} ${body?.slice(0, 300) ?? ''} -> ${text.slice(0, 300)}`,
    )
  }
})
