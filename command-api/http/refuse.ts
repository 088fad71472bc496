import { invalid } from '../../infra/runtime/http/problem.ts'
import type { FieldError } from '../../schemas/rejection.ts'

/** Throws Rejection('validation') where a check beyond the schema found something. */
export function refuseErrors(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid(errors)
}
