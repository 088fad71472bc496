import type { IncomingMessage, ServerResponse } from 'node:http'
import { Rejection } from '../../../schemas/rejection.ts'
import type { Dialect } from '../../../schemas/route.ts'
import { sendProblem } from './reply.ts'
import type { Found } from './route-table.ts'

type Unbound = Exclude<Found<unknown>, { kind: 'route' }>

/** Answers what no route does: 404 for an unknown path, 405 with `Allow` for a wrong method, 204 with it for OPTIONS. Returns the status. */
export function refuseUnbound(
  { method }: IncomingMessage,
  response: ServerResponse,
  found: Unbound,
  traceId: string,
  dialect?: Dialect,
): number {
  if (found.kind === 'path') {
    sendProblem(response, new Rejection('not-found', 'There is nothing at this path'), traceId, {}, dialect)
    return 404
  }
  const { allow } = found
  if (method === 'OPTIONS') {
    response.writeHead(204, { Allow: allow }).end()
    return 204
  }
  const rejection = new Rejection('method-not-allowed', `This path takes ${allow}, not ${method}`)
  sendProblem(response, rejection, traceId, { Allow: allow }, dialect)
  return 405
}
