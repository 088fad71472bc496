import assert from 'node:assert/strict'
import Type from 'typebox'
import { Rejection, type RejectionCode } from '../../../schemas/rejection.ts'
import { serviceCall } from './service-call.ts'
import { agent, id, routes, startTestService, type TestService } from './testing/service.ts'

const anything = Type.Unknown()

describe('a call of one service to another', () => {
  let service: TestService
  before(async () => {
    service = await startTestService()
  })
  after(() => service.stop())

  it('carries caller, parameters, body, key, position and trace, and brings the answer with its position', async () => {
    const put = serviceCall(service, routes.put, Type.Object({ caller: anything, query: anything, trace: anything }))
    const { status, body, position } = await put({
      caller: agent,
      params: { id },
      query: { page: 2, tag: undefined },
      body: { name: 'Ada' },
      waitFor: { commit: 5n, prepare: 4n },
      idempotencyKey: 'k-1',
      traceId: `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`,
    })
    assert.equal(status, 200)
    const seen = { caller: agent, query: { page: 2 }, trace: 'ab'.repeat(16) }
    assert.deepEqual(body, { ...body, ...seen, waitFor: '5', idempotencyKey: 'k-1' })
    assert.deepEqual(position, { commit: 12n, prepare: 11n })
  })

  it('is refused as the other service refuses', async () => {
    const fail = serviceCall(service, routes.fail, anything)
    await assert.rejects(fail({ caller: agent, params: { how: 'behind' } }), isRejection('projection-behind'))
    await assert.rejects(fail({ caller: agent, params: { how: 'log' } }), isRejection('unavailable'))
    await assert.rejects(serviceCall(service, routes.make, anything)({ caller: agent }), isRejection('forbidden'))
  })

  it('is unavailable where nobody answers, or not in time', async () => {
    const nobody = serviceCall({ ...service, url: 'http://127.0.0.1:1' }, routes.fixed, anything)
    await assert.rejects(nobody({ caller: agent }), isRejection('unavailable'))
    const slow = serviceCall(service, routes.slow, anything)
    await assert.rejects(slow({ caller: agent, timeoutMs: 20 }), isRejection('unavailable'))
    service.slow.emit('end')
  })

  it('fails on an answer that it cannot use: that is a bug, and no refusal', async () => {
    const fail = serviceCall(service, routes.fail, anything)
    await assert.rejects(fail({ caller: agent, params: { how: 'unknown' } }), /GET \/fail\/\{how\} answers 500/)
    const fixed = serviceCall(service, routes.fixed, Type.Number())
    await assert.rejects(fixed({ caller: agent }), /answers what it should not/)
  })
})

function isRejection(code: RejectionCode) {
  return (error: unknown) => error instanceof Rejection && error.code === code
}
