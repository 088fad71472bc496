import assert from 'node:assert/strict'
import type { Called } from '../call.ts'

/** A refusal as documents B and C have it: `{error}` and nothing else. */
export async function refused(answer: Called | Promise<Called>, status: number, error: string | RegExp): Promise<void> {
  const { status: seen, body, headers } = await answer
  assert.equal(seen, status, JSON.stringify(body))
  assert.deepEqual(Object.keys(body), ['error'])
  if (typeof error === 'string') assert.equal(body.error, error)
  else assert.match(String(body.error), error)
  assert.match(String(headers['content-type']), /^application\/json/)
}
