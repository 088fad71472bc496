import { Rejection } from '../../../schemas/rejection.ts'

const full = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/** What a store's failure is to the caller; what is refused already stays as it is. The cause is for our log. */
export function storeFailure(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof Rejection) return error
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const sentence = full.has(code)
    ? 'There is no room left for files; try again later'
    : 'The store of files cannot be used now; try again later'
  return Object.assign(new Rejection('unavailable', sentence), { cause: error })
}

export function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
}
