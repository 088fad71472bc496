import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import type { ByteRange } from '../http/content.ts'
import type { Blobs } from './blobs.ts'
import { isAbsent, storeFailure } from './failure.ts'
import { createIntake } from './intake.ts'
import { demandKey, demandPrefix } from './keys.ts'

/** Blobs as files under a folder. What has a name is whole: bytes get theirs only when all of them are on disk. */
export function createDiskBlobs(folder: string): Blobs {
  // A dot stands at the beginning of no key.
  const intake = createIntake(join(folder, '.incoming'))
  const pathOf = (key: string) => join(folder, demandKey(key))

  return {
    async receive(content, maxBytes) {
      const { path, size } = await intake(content, maxBytes)
      return {
        size,
        keep: (key) => guarded(place(path, pathOf(key))),
        discard: () => guarded(rm(path, { force: true })),
      }
    },
    async size(key) {
      const found = await present(stat(pathOf(key)))
      return found?.size
    },
    get: (key, range) => present(read(pathOf(key), range)),
    delete: (key) => guarded(rm(pathOf(key), { force: true })),
    deletePrefix: (prefix) => guarded(rm(join(folder, demandPrefix(prefix)), { recursive: true, force: true })),
    list: (prefix) => walk(folder, demandPrefix(prefix)),
  }
}

/** A rename is all or nothing; the folder is flushed too, since the name is kept there. */
async function place(from: string, to: string): Promise<void> {
  const parent = dirname(to)
  await mkdir(parent, { recursive: true, mode: 0o700 })
  await rename(from, to)
  const folder = await open(parent)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

async function read(path: string, range: ByteRange | undefined): Promise<Readable> {
  const file = await open(path)
  return file.createReadStream(range)
}

async function* walk(folder: string, prefix: string): AsyncGenerator<string, void, undefined> {
  const entries = await present(readdir(join(folder, prefix), { withFileTypes: true }))
  for (const entry of entries ?? []) {
    if (entry.isDirectory()) yield* walk(folder, `${prefix}${entry.name}/`)
    else yield `${prefix}${entry.name}`
  }
}

async function present<T>(work: Promise<T>): Promise<T | undefined> {
  return guarded(
    work.catch((error: unknown) => {
      if (isAbsent(error)) return undefined
      throw error
    }),
  )
}

async function guarded<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw storeFailure(error)
  }
}
