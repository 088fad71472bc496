/** Elements by which browsers know HTML that does not say what it is (WHATWG MIME Sniffing, section 7.1). */
const htmlElements = new Set(
  'html head script iframe h1 div font table a style title b body br p meta link img form svg object embed'.split(' '),
)

/** The media type of a text that is markup, which a browser might run; undefined for any other text. */
export function markupOf(text: string): string | undefined {
  let at = skipBlank(text, text.startsWith('\ufeff') ? 1 : 0)
  let isXml = false
  while (text.startsWith('<', at)) {
    const doctype = /^<!doctype\s+([\w:-]+)/i.exec(text.slice(at, at + 100))?.[1]?.toLowerCase()
    if (text.startsWith('<!--', at)) at = after(text, '-->', at)
    else if (text.startsWith('<?', at)) {
      isXml = true
      at = after(text, '?>', at)
    } else if (doctype === 'html') return isXml ? 'application/xhtml+xml' : 'text/html'
    else if (doctype !== undefined) {
      isXml = true
      at = after(text, '>', at)
    } else return ofElement(/^<([\w:-]+)/.exec(text.slice(at, at + 100))?.[1] ?? '', isXml)
    at = skipBlank(text, at)
  }
  return isXml ? 'application/xml' : undefined
}

function ofElement(tag: string, isXml: boolean): string | undefined {
  const name = tag.toLowerCase().split(':').at(-1) ?? ''
  if (name === 'svg') return 'image/svg+xml'
  if (isXml) return name === 'html' ? 'application/xhtml+xml' : 'application/xml'
  return htmlElements.has(name) ? 'text/html' : undefined
}

function skipBlank(text: string, from: number): number {
  let at = from
  while (/\s/.test(text.charAt(at))) at++
  return at
}

/** What is not closed goes on to the end. */
function after(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from)
  return found < 0 ? text.length : found + mark.length
}
