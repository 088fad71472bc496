import type { BlobSettings, Blobs } from './blobs.ts'
import { createDiskBlobs } from './disk.ts'
import { createS3Blobs } from './s3.ts'

/** A folder, or with BLOBS_S3_BUCKET a bucket of an S3-compatible store, whose client is loaded only then. */
export async function createBlobs(settings: BlobSettings): Promise<Blobs> {
  return settings.blobsS3Bucket === '' ? createDiskBlobs(settings.blobsDir) : createS3Blobs(settings)
}
