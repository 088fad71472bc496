/** The connection's own affairs, which a caller's headers must not touch. */
const ownHeaders = /^(host|connection|content-length|transfer-encoding|upgrade|expect|te|trailer|keep-alive|proxy-.*)$/i

/** What is wrong with headers that a stranger has given, as a sentence; undefined when nothing is. Names and values as RFC 9110 has them. */
export function headersFault(headers: Readonly<Record<string, string>>): string | undefined {
  for (const [name, value] of Object.entries(headers)) {
    if (ownHeaders.test(name)) return `The header ${name} is the connection's own.`
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) return `${JSON.stringify(name)} is no name of a header.`
    if (/[^\t\x20-\x7e\x80-\xff]/.test(value))
      return `The value of the header ${name} has line breaks, or letters beyond Latin-1.`
  }
  return undefined
}
