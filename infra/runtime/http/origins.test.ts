import assert from 'node:assert/strict'
import { originAllowed } from './origins.ts'

describe('a page', () => {
  const allowed = ['https://Shop.example', 'http://localhost:3000', 'https://b.example:443']
  const cases: [string, readonly string[], string | undefined, boolean][] = [
    ['of any origin is let in where none are named', [], 'https://evil.example', true],
    ['of a named origin is let in', allowed, 'https://shop.example', true],
    ['of a named origin with its default port is let in', allowed, 'https://b.example', true],
    ['of another origin is not', allowed, 'https://shop.example.evil.example', false],
    ['of another scheme is not', allowed, 'http://shop.example', false],
    ['of another port is not', allowed, 'http://localhost:3001', false],
    ['without an origin of its own is not', allowed, 'null', false],
    ['of an extension is not', allowed, 'chrome-extension://abc', false],
    ['that is none, since no Origin came, is let in', allowed, undefined, true],
  ]
  for (const [name, origins, origin, expected] of cases) {
    it(name, () => assert.equal(originAllowed(origins, origin), expected))
  }
})
