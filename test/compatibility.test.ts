import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = new URL('..', import.meta.url)
/** Where a test may lie that is named without its folder. */
const folders = ['', 'test/contracts/', 'infra/gateway/dialects/site-chat/', 'infra/gateway/dialects/chatbot-platform/']

describe('docs/compatibility.md', () => {
  it('names tests that there are', () => {
    const text = readFileSync(new URL('docs/compatibility.md', root), 'utf8')
    const named = [...text.matchAll(/`([\w./-]+(?:\.test\.ts|\/))`/g)].map(([, path]) => String(path))
    const isThere = (path: string) => folders.some((folder) => existsSync(fileURLToPath(new URL(folder + path, root))))
    const served = (path: string) => path.startsWith('/') || path.endsWith('api/')
    assert.ok(named.length > 10)
    assert.deepEqual(
      named.filter((path) => !served(path) && !isThere(path)),
      [],
    )
  })
})
