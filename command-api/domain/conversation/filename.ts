const longest = 255

/**
 * The name of a file as it may be stored and shown: without the path that some clients send along, and without characters that steer a
 * terminal, a header or the direction of writing. Never empty.
 */
export function cleanFilename(name: string): string {
  const base = name.replaceAll('\\', '/').split('/').at(-1) ?? ''
  const plain = base.replace(/[\p{Cc}\p{Bidi_Control}\p{Surrogate}\p{Zl}\p{Zp}\uFEFF]/gu, '').trim()
  return plain === '' || /^\.+$/.test(plain) ? 'file' : shortened(plain)
}

/** In characters, so that none is cut in two; the end stays, which says what it is. */
function shortened(name: string): string {
  if (name.length <= longest) return name
  const dot = name.lastIndexOf('.')
  const end = dot > 0 && name.length - dot <= 16 ? name.slice(dot) : ''
  let kept = ''
  for (const character of name) {
    if (kept.length + character.length + end.length > longest) break
    kept += character
  }
  return kept + end
}
