import assert from 'node:assert/strict'
import fc from 'fast-check'
import { fillText, parseText, variablesIn } from './variables.ts'

describe('a text with variables', () => {
  it('names them in full, each once, in their order', () => {
    const text =
      'Hi {{ contact.name | there }}, {{order_id}} of {{variables.order_id}} ({{contact.attributes.plan type}}, {{reply}})'
    assert.deepEqual(variablesIn(text), ['contact.name', 'variables.order_id', 'contact.attributes.plan type', 'reply'])
  })

  it('shows values, else the default, else nothing', () => {
    const values: Record<string, string> = { 'contact.name': 'Ann', 'variables.x': '' }
    const fill = (text: string) => fillText(text, (name) => values[name])
    assert.equal(fill('Hi {{contact.name|there}}!'), 'Hi Ann!')
    assert.equal(fill('Hi {{ contact.email | there }}!{{x|y}}{{z}}'), 'Hi there!y')
  })

  it('is refused where braces do not close or name nothing', () => {
    for (const text of [
      '{{',
      'a }} b',
      '{{ }}',
      '{{|x}}',
      '{{contact.age}}',
      '{{a{{b}}',
      '{{1x}}',
      '{{__proto__.x}}',
      '{{a b}}',
    ]) {
      assert.equal(parseText(text).ok, false, text)
    }
    assert.equal(parseText('{ "a": {} } {x}').ok, true)
  })

  it('of any kind is read without a throw, and filled only where it has braces', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('{{', '}}', '|', 'x', 'contact.name', ' ', '{', '}', 'ü')), (pieces) => {
        const text = pieces.join('')
        const parsed = parseText(text)
        if (!text.includes('{{') && !text.includes('}}'))
          assert.equal(
            fillText(text, () => 'v'),
            text,
          )
        if (parsed.ok) assert.equal(fillText(text, () => 'v').includes('{{'), false)
      }),
    )
  })
})
