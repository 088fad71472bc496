import assert from 'node:assert/strict'
import { route } from './route.ts'
import { routes } from './routes.ts'

describe('a route', () => {
  it('says who may call it, or does not compile', () => {
    const declared = {
      service: 'query-api',
      method: 'GET',
      path: '/x',
      tag: 'X',
      summary: 'x',
      answers: {},
      rejections: [],
    } as const
    // @ts-expect-error: without `access` the build fails
    const open = route(declared)
    assert.equal('access' in open, false)
    for (const { access, path } of routes) assert.match(access, /^(public|agent|admin|system)$/, path)
  })

  it('is declared once, and is not reachable from outside when it is for our own services', () => {
    const names = routes.map(({ method, path }) => `${method} ${path.replaceAll(/\{\w+\}/g, '{}')}`)
    assert.deepEqual(
      names.filter((name, index) => names.indexOf(name) !== index),
      [],
    )
    // An admin's where the gateway asks on his behalf.
    const inside = routes.filter(({ path }) => path.startsWith('/internal/'))
    const open = inside.filter(({ access }) => access !== 'system' && access !== 'admin')
    assert.deepEqual(open, [])
  })
})
