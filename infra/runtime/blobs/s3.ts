import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { S3ClientConfig } from '@aws-sdk/client-s3'
import type { BlobSettings, Blobs } from './blobs.ts'
import { storeFailure } from './failure.ts'
import { createIntake } from './intake.ts'
import { demandKey, demandPrefix } from './keys.ts'

/** Blobs as objects of a bucket. Bytes are gathered on disk first: an object's length must be known before it is sent. */
export async function createS3Blobs(settings: BlobSettings): Promise<Blobs> {
  // Loaded here, since it is large and most have no use for it.
  const sdk = await import('@aws-sdk/client-s3')
  const client = new sdk.S3Client(optionsOf(settings))
  const Bucket = settings.blobsS3Bucket
  const intake = createIntake(join(tmpdir(), 'parley-incoming'))

  async function* list(prefix: string): AsyncGenerator<string, void, undefined> {
    for (let next: string | undefined; ; ) {
      const page = await guarded(
        client.send(new sdk.ListObjectsV2Command({ Bucket, Prefix: prefix, ContinuationToken: next })),
      )
      for (const { Key } of page.Contents ?? []) if (Key !== undefined) yield Key
      next = page.NextContinuationToken
      if (next === undefined) return
    }
  }

  const deleteAll = async (keys: readonly string[]) => {
    const Delete = { Objects: keys.map((Key) => ({ Key })), Quiet: true }
    const { Errors = [] } = await guarded(client.send(new sdk.DeleteObjectsCommand({ Bucket, Delete })))
    if (Errors.length > 0) throw storeFailure(new Error(`${Errors.length} objects stayed: ${Errors[0]?.Message}`))
  }

  return {
    async receive(content, maxBytes) {
      const { path, size } = await intake(content, maxBytes)
      const discard = () => rm(path, { force: true })
      return {
        size,
        async keep(key) {
          const Body = createReadStream(path)
          await guarded(
            client.send(new sdk.PutObjectCommand({ Bucket, Key: demandKey(key), Body, ContentLength: size })),
          )
          await discard()
        },
        discard,
      }
    },
    async size(key) {
      const found = await present(client.send(new sdk.HeadObjectCommand({ Bucket, Key: demandKey(key) })))
      return found?.ContentLength
    },
    async get(key, range) {
      const Range = range === undefined ? undefined : `bytes=${range.start}-${range.end}`
      const found = await present(client.send(new sdk.GetObjectCommand({ Bucket, Key: demandKey(key), Range })))
      if (found === undefined) return undefined
      if (found.Body instanceof Readable) return found.Body
      throw new Error('The client of the store gave no stream')
    },
    async delete(key) {
      await guarded(client.send(new sdk.DeleteObjectCommand({ Bucket, Key: demandKey(key) })))
    },
    async deletePrefix(prefix) {
      let batch: string[] = []
      for await (const key of list(demandPrefix(prefix))) {
        if (batch.push(key) < 1000) continue
        await deleteAll(batch)
        batch = []
      }
      if (batch.length > 0) await deleteAll(batch)
    },
    list: (prefix) => list(demandPrefix(prefix)),
  }
}

/** Without keys the SDK finds its own credentials: a role of the machine, for one. */
function optionsOf(settings: BlobSettings): S3ClientConfig {
  const { blobsS3AccessKeyId: accessKeyId, blobsS3SecretAccessKey: secretAccessKey } = settings
  return {
    region: settings.blobsS3Region,
    forcePathStyle: true,
    ...(settings.blobsS3Endpoint === undefined ? {} : { endpoint: settings.blobsS3Endpoint }),
    ...(accessKeyId === '' ? {} : { credentials: { accessKeyId, secretAccessKey } }),
    // Other makers' stores do not know the checksums that AWS has added since.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: 3000, requestTimeout: 30_000 },
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

/** That the bucket is absent is another matter. */
function isAbsent(error: unknown): boolean {
  return error instanceof Error && (error.name === 'NoSuchKey' || error.name === 'NotFound')
}

async function guarded<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw storeFailure(error)
  }
}
