import { markupOf } from './markup.ts'

/** Finds out what a file is, from its bytes as they pass. Its name and what the client says of it are nobody's word. */
export interface Sniffer {
  see(chunk: Buffer): void
  /** When all have passed: a media type, `application/octet-stream` where nothing better is known. */
  type(): Promise<string>
}

/** Every format that is looked for says so within its first bytes. */
const headBytes = 64 * 1024

/** Formats that are written in plain text. */
const written = /^(text\/|application\/(pdf|rtf|postscript|xml)$)/

// biome-ignore lint/suspicious/noControlCharactersInRegex: what no text has is what is looked for
const binary = /[\u0000-\u0008\u000b\u000e-\u001a\u001c-\u001f]/

export function createSniffer(): Sniffer {
  const head: Buffer[] = []
  let missing = headBytes
  const text = createTextCheck()
  return {
    see(chunk) {
      text.see(chunk)
      if (missing <= 0) return
      head.push(Buffer.from(chunk.subarray(0, missing)))
      missing -= chunk.length
    },
    async type() {
      // Loaded here: it takes 12 MB, which a service that gets no files can do without.
      const { fileTypeFromBuffer } = await import('file-type')
      const first = Buffer.concat(head)
      const found = (await fileTypeFromBuffer(first))?.mime
      if (!text.holds()) return found ?? 'application/octet-stream'
      // Words may begin as a format does: `BMW` is no bitmap, `MZ` no program.
      const markup = markupOf(first.toString('utf8'))
      return markup ?? (found !== undefined && written.test(found) ? found : 'text/plain')
    },
  }
}

/** Whether all of it is UTF-8, and none of it what stands in no text. */
function createTextCheck(): { see(chunk: Buffer): void; holds(): boolean } {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let holds = true
  const check = (chunk?: Buffer) => {
    if (!holds) return
    try {
      holds = !binary.test(decoder.decode(chunk, { stream: chunk !== undefined }))
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
      holds = false
    }
  }
  return {
    see: check,
    holds() {
      check()
      return holds
    },
  }
}
