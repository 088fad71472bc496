import assert from 'node:assert/strict'
import Type from 'typebox'
import { CreateFlowBody } from './flow/resource.ts'
import { SimulateBody } from './flow-run/resource.ts'
import { openApiDocument } from './openapi.ts'
import { exampleOf } from './openapi-examples.ts'
import { routes } from './routes.ts'
import { checkOf, checkParametersOf } from './validator.ts'

describe('the OpenAPI document', () => {
  it('is the same at every run', () => {
    assert.equal(JSON.stringify(openApiDocument()), JSON.stringify(openApiDocument()))
  })

  it('gives each operation an id of its own', () => {
    const { paths } = openApiDocument() as { paths: Record<string, Record<string, { operationId: string }>> }
    const ids = Object.values(paths).flatMap((item) => Object.values(item).map(({ operationId }) => operationId))
    assert.deepEqual(
      ids.filter((one, index) => ids.indexOf(one) !== index),
      [],
    )
  })

  // Services compile what they check when it is first asked, so that no start would tell of a schema that cannot be.
  it('has parameters that can be checked', () => {
    for (const { path, params, query } of routes) {
      for (const schema of [params, query]) assert.doesNotThrow(() => checkParametersOf(schema)({}), path)
    }
  })

  it('shows what its readers would write', () => {
    const { name } = Object(exampleOf(CreateFlowBody))
    const { replies } = Object(exampleOf(SimulateBody))
    assert.deepEqual([name, replies], ['Welcome Flow', ['Track Order', 'A-1042']])
    assert.deepEqual(exampleOf(Type.Array(Type.String()), 'replies'), ['reply'])
  })

  for (const route of routes) {
    it(`has examples that fit ${route.method} ${route.path}`, () => {
      const schemas = [route.body, ...Object.values(route.answers).map(({ schema }) => schema)]
      for (const schema of schemas) {
        if (schema === undefined) continue
        const example = exampleOf(schema)
        const checked = checkOf(schema)(structuredClone(example))
        assert.deepEqual(checked.ok ? [] : checked.errors, [], JSON.stringify(example))
      }
    })
  }
})
