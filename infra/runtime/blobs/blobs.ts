import type { Readable } from 'node:stream'
import type { Config } from '../config.ts'
import type { ByteRange } from '../http/content.ts'

/**
 * The bytes of files, which are too many for the log. A key is `<workspaceId>/<contactId>/<conversationId>/<fileId>` (`blobKey`), so that
 * all that a person sent or got lies under one prefix. Where a store is away or full, everything throws Rejection('unavailable').
 */
export interface Blobs {
  /**
   * Takes bytes in, without showing them to anybody yet. Throws Rejection('too-large') when there are more than `maxBytes`, and what
   * `content` throws; nothing stays then.
   */
  receive(content: AsyncIterable<Buffer>, maxBytes: number): Promise<Received>
  /** Bytes of what lies under a key; undefined where there is nothing. */
  size(key: string): Promise<number | undefined>
  /** What lies under a key, or a part of it; undefined where there is nothing. */
  get(key: string, range?: ByteRange): Promise<Readable | undefined>
  /** Where there is nothing it does nothing. */
  delete(key: string): Promise<void>
  /** Deletes whatever lies under a prefix, such as `<workspaceId>/<contactId>/`; versions that a bucket keeps are not its to delete. */
  deletePrefix(prefix: string): Promise<void>
  list(prefix: string): AsyncIterable<string>
}

/** Bytes that have come in whole. Either keep or discard them. */
export interface Received {
  readonly size: number
  /** They lie under the key from now on, whole and on disk, in the place of what was there. */
  keep(key: string): Promise<void>
  discard(): Promise<void>
}

export type BlobSettings = Pick<
  Config,
  'blobsDir' | 'blobsS3Bucket' | 'blobsS3Endpoint' | 'blobsS3Region' | 'blobsS3AccessKeyId' | 'blobsS3SecretAccessKey'
>
