import assert from 'node:assert/strict'
import { mediaTypeOf, type Outgoing, type Part, partsOf } from './outgoing.ts'
import { split } from './text.ts'

const said = (rest: Partial<Outgoing> = {}): Part[] => partsOf({ content: 'Hello', contentType: 'text', ...rest })
const choicesOf = (n: number) =>
  Array.from({ length: n }, (_, index) => ({ label: `Choice ${index}`, value: `c${index}` }))
const file = { id: '10000000-0000-4000-8000-000000000001', filename: 'a.pdf', size: 10, mimeType: 'application/pdf' }

/** What of the Cloud API's bodies is looked into here. */
interface Body {
  type: string
  text: { body: string }
  image: object
  interactive: {
    type: string
    header: object
    body: { text: string }
    action: { button: string; buttons: { reply: { title: string } }[]; sections: { rows: object[] }[] }
  }
}
const bodies = (parts: Part[]): Body[] =>
  JSON.parse(JSON.stringify(parts.map((part) => (part.kind === 'body' ? part.body : part))))
/** The one body of a message. */
const bodyOf = (parts: Part[]): Body => {
  const [body, ...others] = bodies(parts)
  assert.deepEqual(others, [])
  return body ?? assert.fail()
}

describe('a message on its way to WhatsApp', () => {
  it('is a text, in pieces of 4,096 that end where words do', () => {
    assert.deepEqual(bodies(said()), [{ type: 'text', text: { body: 'Hello', preview_url: false } }])
    const content = 'word '.repeat(2000).trim()
    const pieces = bodies(said({ content })).map(({ text }) => text.body)
    assert.equal(pieces.length, 3)
    assert.ok(pieces.every((piece) => piece.length <= 4096))
    assert.equal(pieces.join(' '), content)
    assert.deepEqual(said({ content: ' \n ' }), [])
  })

  it('never halves a character', () => {
    for (const piece of split('😀'.repeat(50), 7)) assert.ok(!/\p{Surrogate}/u.test(piece), piece)
  })

  it('has up to three buttons, and beyond lists of ten', () => {
    const ask = (n: number) => bodyOf(said({ contentType: 'quick_button', richMedia: { buttons: choicesOf(n) } }))
    const three = ask(3)
    assert.deepEqual(three.interactive.action.buttons[0], { type: 'reply', reply: { id: 'c0', title: 'Choice 0' } })
    const four = ask(4)
    assert.deepEqual([four.interactive.type, four.interactive.action.sections[0]?.rows.length], ['list', 4])
    const lists = bodies(
      said({ contentType: 'dropdown', richMedia: { options: choicesOf(23), placeholder: 'Which?' } }),
    )
    assert.deepEqual(
      lists.map(({ interactive }) => [interactive.action.button, interactive.action.sections[0]?.rows.length]),
      [
        ['Which?', 10],
        ['Which?', 10],
        ['Which?', 3],
      ],
    )
  })

  it('cuts titles so that no two are alike, and keeps values', () => {
    const label = 'An answer that is too long to be a title'
    const buttons = [1, 2, 3].map((n) => ({ label: `${label} ${n}`, value: `v${n}` }))
    const { interactive } = bodyOf(said({ contentType: 'quick_button', content: '', richMedia: { buttons } }))
    const titles = interactive.action.buttons.map(({ reply }) => reply.title)
    assert.equal(new Set(titles).size, 3)
    assert.ok(titles.every((title) => title.length <= 20))
    assert.ok(interactive.body.text.length > 0)
  })

  it('shows each card of a carousel with its picture and its buttons', () => {
    const image_url = 'https://shop.example/a.png'
    const cards = [
      { title: 'One', subtitle: 'first', image_url },
      { title: 'Two', image_url, buttons: choicesOf(2) },
      { title: 'Three', image_url, buttons: choicesOf(5) },
      { title: 'Four' },
    ]
    const parts = bodies(said({ contentType: 'carousel', richMedia: { cards } }))
    assert.deepEqual(
      parts.map(({ type, interactive }) => interactive?.type ?? type),
      ['text', 'image', 'button', 'image', 'list', 'text'],
    )
    assert.deepEqual(parts[1]?.image, { link: image_url, caption: 'One\nfirst' })
    assert.deepEqual(parts[2]?.interactive.header, { type: 'image', image: { link: image_url } })
  })

  it('goes with its files, the words below the first where they fit', () => {
    assert.deepEqual(said({ files: [file, file] }), [
      { kind: 'file', file, caption: 'Hello' },
      { kind: 'file', file, caption: undefined },
    ])
    const audio = { ...file, mimeType: 'audio/ogg' }
    assert.deepEqual(
      said({ files: [audio] }).map(({ kind }) => kind),
      ['body', 'file'],
    )
    assert.deepEqual(
      ['image/png', 'image/webp', 'video/mp4', 'audio/ogg'].map((mimeType) => mediaTypeOf({ mimeType, size: 1 })),
      ['image', 'document', 'video', 'audio'],
    )
  })

  it('is the approved template where there is one', () => {
    const whatsappTemplate = {
      name: 'order_update',
      language: 'en_US',
      parameters: ['Jane\nDoe', ''],
      buttons: [{ label: 'Track', value: 'track' }],
    }
    assert.deepEqual(bodies(said({ whatsappTemplate })), [
      {
        type: 'template',
        template: {
          name: 'order_update',
          language: { code: 'en_US' },
          components: [
            {
              type: 'body',
              parameters: [
                { type: 'text', text: 'Jane Doe' },
                { type: 'text', text: '-' },
              ],
            },
            {
              type: 'button',
              sub_type: 'quick_reply',
              index: '0',
              parameters: [{ type: 'payload', payload: 'track' }],
            },
          ],
        },
      },
    ])
  })
})
