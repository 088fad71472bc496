import { createHash } from 'node:crypto'
import type { Blobs, Received } from '../../infra/runtime/blobs/blobs.ts'
import { type FilePart, type Parts, uploadLimits } from '../../infra/runtime/http/multipart.ts'
import { invalid } from '../../infra/runtime/http/problem.ts'
import { cleanFilename } from '../domain/conversation/filename.ts'
import { createSniffer } from './media-type.ts'

/** A file that has come in, and that nobody can see yet. */
export interface TakenFile {
  filename: string
  size: number
  mimeType: string
  /** SHA-256 of its bytes: by it a retry is known for one. */
  digest: string
  received: Received
}

const names = ['files', 'files[]', 'file']

/** Takes in the files of an upload; all of them, or none. Throws Rejection. */
export async function takeFiles(parts: Parts, blobs: Blobs): Promise<TakenFile[]> {
  const taken: TakenFile[] = []
  try {
    for await (const part of parts) {
      if (!names.includes(part.name)) throw refused(part.name, `${part.name.slice(0, 100)} is not a known field`)
      if (part.kind === 'field') throw refused(part.name, `${part.name} must be a file`)
      const file = await take(part, blobs)
      if (file.size > 0) taken.push(file)
      else {
        await file.received.discard()
        // So browsers send a form whose file was not chosen.
        if (part.filename !== '') throw refused(part.name, `${file.filename} must not be empty`)
      }
    }
    if (taken.length === 0) throw refused('files', 'files is required')
    return taken
  } catch (error) {
    await discardAll(taken)
    throw error
  }
}

export async function discardAll(files: readonly TakenFile[]): Promise<void> {
  await Promise.all(files.map(({ received }) => received.discard()))
}

async function take({ filename, content }: FilePart, blobs: Blobs): Promise<TakenFile> {
  const hash = createHash('sha256')
  const sniffer = createSniffer()
  async function* watched(): AsyncGenerator<Buffer, void, undefined> {
    for await (const chunk of content) {
      hash.update(chunk)
      sniffer.see(chunk)
      yield chunk
    }
  }
  const received = await blobs.receive(watched(), uploadLimits.fileBytes)
  const mimeType = await sniffer.type()
  return { filename: cleanFilename(filename), size: received.size, mimeType, digest: hash.digest('hex'), received }
}

function refused(name: string, message: string) {
  return invalid([{ path: `/${name}`, message }])
}
