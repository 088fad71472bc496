import assert from 'node:assert/strict'
import { contentDisposition, servedAs } from './serving.ts'

describe('a file', () => {
  it('is shown where it is asked for, if a browser cannot run it', () => {
    for (const type of ['image/png', 'image/jpeg', 'audio/mpeg', 'video/mp4', 'application/pdf']) {
      assert.deepEqual(servedAs(type, 'inline'), { type, disposition: 'inline' })
      assert.deepEqual(servedAs(type, 'attachment'), { type, disposition: 'attachment' })
    }
    assert.deepEqual(servedAs('text/plain', 'inline'), { type: 'text/plain; charset=utf-8', disposition: 'inline' })
  })

  it('is an attachment where it might be run, or nothing better is known', () => {
    const active = ['text/html', 'image/svg+xml', 'application/xhtml+xml', 'application/xml', 'text/javascript']
    for (const type of active) {
      assert.deepEqual(servedAs(type, 'inline'), { type: 'application/octet-stream', disposition: 'attachment' }, type)
    }
    const word = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
    for (const type of ['application/x-msdownload', 'application/zip', 'text/calendar', word]) {
      assert.deepEqual(servedAs(type, 'inline'), { type, disposition: 'attachment' })
    }
  })

  it('keeps its name in the header, whatever is in it', () => {
    const cases: [string, string][] = [
      ['a.png', `attachment; filename="a.png"; filename*=UTF-8''a.png`],
      ['Über "uns".pdf', `attachment; filename="_ber _uns_.pdf"; filename*=UTF-8''%C3%9Cber%20%22uns%22.pdf`],
      ["it's (1)*.txt", `attachment; filename="it's (1)*.txt"; filename*=UTF-8''it%27s%20%281%29%2A.txt`],
      ['50%\r\nX: y', `attachment; filename="50___X: y"; filename*=UTF-8''50%25%0D%0AX%3A%20y`],
    ]
    for (const [name, header] of cases) assert.equal(contentDisposition('attachment', name), header)
  })
})
