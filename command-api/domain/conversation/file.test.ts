import assert from 'node:assert/strict'
import type { SendMessage, UploadFiles } from '../../../schemas/conversation/commands.ts'
import type { ConversationEvent, FileFacts } from '../../../schemas/conversation/events.ts'
import { ids, said, say, started } from '../../testing/conversation.ts'
import { given } from '../../testing/given.ts'
import { conversation } from './decide.ts'
import { cleanFilename } from './filename.ts'

const id = (n: number) => `20000000-0000-4000-8000-${String(n).padStart(12, '0')}`
const file = (n: number): FileFacts => ({ id: id(n), filename: `${n}.png`, size: n, mimeType: 'image/png' })

const uploaded = (n: number, side: 'visitor' | 'agent' = 'visitor'): ConversationEvent => {
  const { id: fileId, ...facts } = file(n)
  return { type: 'FileUploaded', data: { fileId, ...facts, side, uploaderId: 'visitor-1' } }
}
const upload = (...files: FileFacts[]): UploadFiles => ({
  type: 'UploadFiles',
  files,
  side: 'visitor',
  uploaderId: 'visitor-1',
})
const saying = (side: 'visitor' | 'agent' | 'either', ...names: string[]): SendMessage => ({
  ...say(1, side === 'agent' ? 'agent' : 'visitor'),
  files: { ids: names, side },
})

describe('files of a conversation', () => {
  it('are noted one by one, each once', () => {
    given(conversation, started, uploaded(1))
      .when(upload(file(1), file(2), file(3)))
      .yields(uploaded(2), uploaded(3))
  })

  it('are at most a thousand', () => {
    const thousand = Array.from({ length: 1000 }, (_, n) => uploaded(n))
    given(conversation, started, ...thousand)
      .when(upload(file(1000)))
      .refused('conflict')
    given(conversation, started, ...thousand)
      .when(upload(file(999)))
      .yields()
  })

  it('go with the message that names them, in its order', () => {
    const { type, data } = said(1)
    given(conversation, started, uploaded(1), uploaded(2))
      .when(saying('visitor', id(2), id(1)))
      .yields({ type, data: { ...data, files: [file(2), file(1)] } })
  })

  it('go with no message but one of the side that uploaded them', () => {
    given(conversation, started, uploaded(1))
      .when(saying('agent', id(1)))
      .refused('validation')
    given(conversation, started, uploaded(1, 'agent'))
      .when(saying('visitor', id(1)))
      .refused('validation')
    given(conversation, started, uploaded(1))
      .when(saying('visitor', id(2)))
      .refused('validation')
    const { type, data } = said(1)
    given(conversation, started, uploaded(1, 'agent'))
      .when(saying('either', id(1)))
      .yields({ type, data: { ...data, files: [file(1)] } })
  })

  it('are forgotten when the contact is erased', () => {
    const erased: ConversationEvent = { type: 'ConversationErased', data: { contactId: ids.contact } }
    given(conversation, started, uploaded(1), erased)
      .when(saying('visitor', id(1)))
      .refused('validation')
  })
})

describe('the name of a file', () => {
  const names: [string, string][] = [
    ['report.pdf', 'report.pdf'],
    ['/etc/passwd', 'passwd'],
    ['C:\\Users\\Ada\\photo.jpg', 'photo.jpg'],
    ['../../x', 'x'],
    ['a\u0000b\r\nSet-Cookie: x', 'abSet-Cookie: x'],
    ['gpj.\u202Eexe', 'gpj.exe'],
    ['  Übersicht 😀.txt ', 'Übersicht 😀.txt'],
    ['', 'file'],
    ['..', 'file'],
    ['a/', 'file'],
  ]
  for (const [given, kept] of names) {
    it(`${JSON.stringify(given)} is kept as ${JSON.stringify(kept)}`, () => assert.equal(cleanFilename(given), kept))
  }

  it('has at most 255 characters, and keeps its ending', () => {
    const long = cleanFilename(`${'😀'.repeat(200)}.tar`)
    assert.ok(long.length <= 255 && long.endsWith('😀.tar') && !/\p{Surrogate}/u.test(long))
    assert.equal(cleanFilename('x'.repeat(300)).length, 255)
  })
})
