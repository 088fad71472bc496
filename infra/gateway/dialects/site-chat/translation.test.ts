import assert from 'node:assert/strict'
import type { Message } from '../../../../schemas/conversation/resource.ts'
import { Rejection } from '../../../../schemas/rejection.ts'
import { sinceOf } from './since.ts'
import { textOf } from './text.ts'

describe('document B knows plain text alone, so that', () => {
  const buttons = [
    { label: 'Yes', value: 'yes' },
    { label: 'No', value: 'no' },
  ]
  const said: [contentType: Message['contentType'], content: string, richMedia: unknown, text: string][] = [
    ['text', 'Hello', null, 'Hello'],
    ['image', 'Look', { url: 'https://example.com/a.png', alt: 'A view' }, 'Look\nA view\nhttps://example.com/a.png'],
    ['image', '', { url: 'https://example.com/a.png' }, 'https://example.com/a.png'],
    [
      'file',
      'invoice.pdf',
      { url: 'https://example.com/i.pdf', filename: 'invoice.pdf', size: 1, mime_type: 'application/pdf' },
      'invoice.pdf\nhttps://example.com/i.pdf',
    ],
    ['quick_button', 'Choose an option:', { buttons }, 'Choose an option:\n- Yes\n- No'],
    [
      'carousel',
      '',
      { cards: [{ title: 'Product A', subtitle: 'Short', buttons }, { title: 'Product B' }] },
      'Product A: Short\n- Yes\n- No\nProduct B',
    ],
    ['dropdown', 'Region:', { options: buttons }, 'Region:\n- Yes\n- No'],
    ['image', '[erased]', null, '[erased]'],
    ['carousel', '[erased]', '[erased]', '[erased]'],
  ]
  for (const [contentType, content, richMedia, text] of said) {
    it(`a message of type ${contentType} reads ${JSON.stringify(text)}`, () => {
      // What is left of an erased message fits no schema.
      assert.equal(textOf({ content, contentType, richMedia: richMedia as Message['richMedia'] }), text)
    })
  }
})

describe('since', () => {
  const times: Record<string, string> = {
    '2025-01-15T10:30:00Z': '2025-01-15T10:30:00.000Z',
    '2025-01-15T10:30:00.123456Z': '2025-01-15T10:30:00.123Z',
    '2025-01-15T10:30:00+02:00': '2025-01-15T08:30:00.000Z',
    '2025-01-15T10:30:00 02:00': '2025-01-15T08:30:00.000Z',
    '2025-01-15T10:30:00-0130': '2025-01-15T12:00:00.000Z',
    '2025-01-15T10:30:00+02': '2025-01-15T08:30:00.000Z',
    '2025-01-15T10:30:00.000000': '2025-01-15T10:30:00.000Z',
    '2025-01-15T10:30': '2025-01-15T10:30:00.000Z',
    '2025-01-15': '2025-01-15T00:00:00.000Z',
  }
  for (const [given, since] of Object.entries(times)) {
    it(`${given} is the time ${since}`, () => assert.equal(sinceOf(given), since))
  }

  it('may be the id of a message', () => {
    const id = '5f0c6a52-8a3b-4c5e-9d21-7b6f2f1a9c01'
    assert.equal(sinceOf(id), id)
  })

  it('may be left out or empty', () => {
    assert.deepEqual([sinceOf(undefined), sinceOf('')], [undefined, undefined])
  })

  for (const given of [
    'yesterday',
    '1736937000',
    '2025-02-30T10:00:00Z',
    '2025-01-15T25:00:00Z',
    '0000-01-01T00:00:00Z',
  ]) {
    it(`is refused where it is ${given}`, () => {
      assert.throws(
        () => sinceOf(given),
        (error) => error instanceof Rejection && error.code === 'validation',
      )
    })
  }
})
