import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Rejection } from '../../../schemas/rejection.ts'
import { isAbsent, storeFailure } from './failure.ts'

/** Bytes in a file of their own, on disk. */
export interface Incoming {
  path: string
  size: number
}

/** Long after every upload has been given up: what is older was left behind by a process that died. */
const leftOverMs = 3_600_000

/** A folder in which bytes are gathered until they are whole, so that none of them need be kept in memory. */
export function createIntake(folder: string): (content: AsyncIterable<Buffer>, maxBytes: number) => Promise<Incoming> {
  let prepared: Promise<void> | undefined

  return async (content, maxBytes) => {
    prepared ??= prepare(folder)
    await prepared.catch((error: unknown) => {
      prepared = undefined
      throw storeFailure(error)
    })
    const path = join(folder, randomUUID())
    try {
      return { path, size: await write(path, content, maxBytes) }
    } catch (error) {
      await rm(path, { force: true })
      throw error
    }
  }
}

async function prepare(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    if (Date.now() - (await modifiedAt(path)) > leftOverMs) await rm(path, { force: true })
  }
}

/** Another process may tidy up at the same time. */
async function modifiedAt(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs
  } catch (error) {
    if (isAbsent(error)) return Date.now()
    throw error
  }
}

async function write(path: string, content: AsyncIterable<Buffer>, maxBytes: number): Promise<number> {
  const file = await open(path, 'wx', 0o600).catch((error: unknown) => {
    throw storeFailure(error)
  })
  let size = 0
  try {
    for await (const chunk of content) {
      size += chunk.length
      if (size > maxBytes) throw new Rejection('too-large', `A file must not have more than ${maxBytes} bytes`)
      await file.writeFile(chunk).catch((error: unknown) => {
        throw storeFailure(error)
      })
    }
    await file.sync()
    return size
  } finally {
    await file.close()
  }
}
