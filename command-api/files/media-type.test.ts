import assert from 'node:assert/strict'
import fc from 'fast-check'
import { markupOf } from './markup.ts'
import { createSniffer } from './media-type.ts'

async function typeOf(bytes: Buffer, step = bytes.length): Promise<string> {
  const sniffer = createSniffer()
  for (let at = 0; at < bytes.length; at += step) sniffer.see(bytes.subarray(at, at + step))
  return sniffer.type()
}

const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

describe('the media type of a file', () => {
  const known: [what: string, bytes: string | Buffer, type: string][] = [
    ['a picture', Buffer.from(png, 'base64'), 'image/png'],
    ['a program', Buffer.from('4d5a90000300000004000000ffff0000', 'hex'), 'application/x-msdownload'],
    ['a PDF', '%PDF-1.7\n1 0 obj\n', 'application/pdf'],
    ['words', 'Grüße, BMW 😀\r\n\tand more', 'text/plain'],
    ['words that begin as a bitmap does', 'BMW is a maker of cars', 'text/plain'],
    ['words that begin as a program does', 'MZ', 'text/plain'],
    ['words with a smaller sign', '<3 you', 'text/plain'],
    ['a list of values', '{"a": "<html>"}', 'text/plain'],
    ['a page', '<!DOCTYPE html><title>x</title>', 'text/html'],
    ['a page after blanks and remarks', '\ufeff \n<!-- x -->\n<script>alert(1)</script>', 'text/html'],
    ['a page that says nothing of itself', '<body onload=alert(1)>', 'text/html'],
    ['a drawing', '<svg xmlns="http://www.w3.org/2000/svg"/>', 'image/svg+xml'],
    [
      'a drawing with all its heads',
      '<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "a" "b">\n<!-- x --><svg/>',
      'image/svg+xml',
    ],
    ['a drawing with a prefix', '<?xml version="1.0"?><s:svg xmlns:s="http://www.w3.org/2000/svg"/>', 'image/svg+xml'],
    ['a page in XML', '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>', 'application/xhtml+xml'],
    ['XML', '<?xml version="1.0"?><feed/>', 'application/xml'],
    ['what is not UTF-8', Buffer.from([0x68, 0xe9, 0x6c, 0x6c, 0x6f]), 'application/octet-stream'],
    ['words that end in the middle of a character', Buffer.from('é').subarray(0, 1), 'application/octet-stream'],
    ['words with a NUL', 'a\u0000b', 'application/octet-stream'],
  ]
  for (const [what, bytes, type] of known) {
    it(`of ${what} is ${type}`, async () => {
      const all = Buffer.from(bytes)
      assert.equal(await typeOf(all), type)
      assert.equal(await typeOf(all, 1), type, 'byte by byte')
    })
  }

  it('is found for whatever comes, and is never HTML by a name', async () => {
    const heads = known.map(([, bytes]) => Buffer.from(bytes))
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 400 }), async (head, rest) => {
        assert.match(await typeOf(Buffer.concat([head, rest]), 100), /^[a-z]+\/[a-z0-9.+-]+$/)
      }),
      { numRuns: 300 },
    )
  })

  it('takes no longer for markup that never ends', () => {
    for (const piece of ['<!--', '<?', '<!doctype svg', '<!-- -->', ' <', '<a:']) markupOf(piece.repeat(20_000))
  })
})
