/** The credential of an `Authorization: Bearer …` header; undefined without one, empty for any other scheme. */
export function bearerOf(authorization: string | undefined): string | undefined {
  if (authorization === undefined || authorization === '') return undefined
  const found = /^Bearer +([^\s,]{1,8192}) *$/i.exec(authorization)
  return found?.[1] ?? ''
}
