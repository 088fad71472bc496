import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Rejection, type RejectionCode } from '../../../schemas/rejection.ts'
import type { BlobSettings, Blobs } from './blobs.ts'
import { createBlobs } from './create-blobs.ts'
import { type FakeS3, startFakeS3 } from './testing/fake-s3.ts'

const refused = (code: RejectionCode) => (error: unknown) => error instanceof Rejection && error.code === code

async function* bytes(...texts: string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text)
}

async function* failing(error: Error): AsyncGenerator<Buffer> {
  yield Buffer.from('half')
  throw error
}

describe('the store of files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-blobs-'))
  after(() => rmSync(folder, { recursive: true }))
  const settings: BlobSettings = {
    blobsDir: folder,
    blobsS3Bucket: '',
    blobsS3Endpoint: undefined,
    blobsS3Region: 'eu-test-1',
    blobsS3AccessKeyId: 'key-id',
    blobsS3SecretAccessKey: 'secret',
  }

  /** What holds for a store, wherever it keeps its bytes. */
  function behavesAsAStore(open: () => Promise<Blobs>): void {
    let blobs: Blobs
    before(async () => {
      blobs = await open()
    })
    const put = async (key: string, ...texts: string[]) => {
      const received = await blobs.receive(bytes(...texts), 100)
      await received.keep(key)
    }
    const text = async (key: string, range?: { start: number; end: number }) => {
      const found = await blobs.get(key, range)
      if (found === undefined) return undefined
      let all = ''
      for await (const chunk of found) all += chunk
      return all
    }
    const keys = async (prefix: string) => {
      const found: string[] = []
      for await (const key of blobs.list(prefix)) found.push(key)
      return found.sort()
    }

    it('gives back what it got, whole or a range of it, and its size', async () => {
      await put('w/c/v/1', '0123', '456789')
      assert.equal(await text('w/c/v/1'), '0123456789')
      assert.equal(await text('w/c/v/1', { start: 2, end: 4 }), '234')
      assert.equal(await blobs.size('w/c/v/1'), 10)
      await put('w/c/v/1', 'anew')
      assert.equal(await text('w/c/v/1'), 'anew')
    })

    it('has nothing under a key that was never used, or was deleted', async () => {
      await put('w/c/v/2', 'x')
      await blobs.delete('w/c/v/2')
      await blobs.delete('w/c/v/2')
      assert.deepEqual([await text('w/c/v/2'), await blobs.size('w/c/v/2')], [undefined, undefined])
    })

    it('shows nothing before it is kept, and nothing that was discarded', async () => {
      const received = await blobs.receive(bytes('x'), 100)
      assert.equal(received.size, 1)
      assert.deepEqual(await keys('w/d/'), [])
      await received.discard()
      await received.discard()
    })

    it('takes no byte more than allowed, and nothing of what fails on its way', async () => {
      await assert.rejects(blobs.receive(bytes('x'.repeat(100), 'y'), 100), refused('too-large'))
      await assert.rejects(blobs.receive(failing(new Error('gone')), 100), /^Error: gone$/)
    })

    it('deletes by prefix, and nothing beside it', async () => {
      const mine = ['a/b/v1/1', 'a/b/v1/2', 'a/b/v2/3', 'a/b/v2/4', 'a/b/v3/5']
      for (const key of [...mine, 'a/bc/v/1']) await put(key, key)
      assert.deepEqual(await keys('a/b/'), mine)
      await blobs.deletePrefix('a/b/')
      await blobs.deletePrefix('a/b/')
      assert.deepEqual(await keys('a/'), ['a/bc/v/1'])
    })

    it('has no way out of it', async () => {
      for (const key of ['../x', 'a/../x', '/x', 'a//b', '.incoming/x', 'a/', '']) {
        await assert.rejects(async () => blobs.get(key), /is no key/, key)
      }
      for (const prefix of ['a', '/', '', '../', './']) {
        await assert.rejects(async () => blobs.deletePrefix(prefix), /is no prefix/, prefix)
      }
    })
  }

  describe('on disk', () => {
    behavesAsAStore(() => createBlobs(settings))

    const incoming = () => readdirSync(join(folder, '.incoming'))

    it('keeps no part of what did not come in whole', () => assert.deepEqual(incoming(), []))

    it('says that it is full', async () => {
      const blobs = await createBlobs(settings)
      // As full as a disk can be made here: no file may grow beyond this.
      const limit = (size: string) => execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${size}:`])
      limit('4096')
      try {
        const error = await blobs.receive(bytes('x'.repeat(5000)), 10_000).catch((reason: unknown) => reason)
        assert.ok(refused('unavailable')(error) && /no room left/.test(String(error)), String(error))
      } finally {
        limit('unlimited')
      }
      const file = join(folder, 'file')
      writeFileSync(file, '')
      const elsewhere = await createBlobs({ ...settings, blobsDir: file })
      await assert.rejects(elsewhere.receive(bytes('x'), 100), refused('unavailable'))
      assert.deepEqual(incoming(), [])
    })

    it('removes what a process left behind that died', async () => {
      const left = join(folder, '.incoming/left')
      writeFileSync(left, 'half')
      utimesSync(left, 0, 0)
      const blobs = await createBlobs(settings)
      await (await blobs.receive(bytes('x'), 100)).discard()
      assert.deepEqual(incoming(), [])
    })
  })

  describe('in a bucket', () => {
    let s3: FakeS3
    let inBucket: BlobSettings
    before(async () => {
      s3 = await startFakeS3('files')
      inBucket = { ...settings, blobsS3Bucket: 'files', blobsS3Endpoint: s3.url }
    })
    after(() => s3.stop())

    behavesAsAStore(() => createBlobs(inBucket))

    it('is asked by path, in signed requests, for ranges and for many deletions at once', () => {
      const of = (what: string) => s3.asked.filter((one) => one.what === what)
      assert.ok(of('PUT /files/w/c/v/1').length === 2 && of('HEAD /files/w/c/v/1').length === 1)
      const [put] = of('PUT /files/w/c/v/1')
      assert.match(
        put?.headers.authorization ?? '',
        /SignedHeaders=[a-z0-9;-]*host[a-z0-9;-]*, Signature=[0-9a-f]{64}$/,
      )
      assert.deepEqual(
        of('GET /files/w/c/v/1').map(({ headers }) => headers.range),
        [undefined, 'bytes=2-4', undefined],
      )
      assert.equal(s3.asked.filter(({ what }) => what.startsWith('POST /files')).length, 1)
    })

    it('is not there, or not to be used: 503', async () => {
      const nowhere = await createBlobs({ ...inBucket, blobsS3Bucket: 'none' })
      await assert.rejects(nowhere.get('a/b'), refused('unavailable'))
      const unsigned = await createBlobs({ ...inBucket, blobsS3AccessKeyId: 'another' })
      await assert.rejects(unsigned.get('a/b'), refused('unavailable'))
    })
  })
})
