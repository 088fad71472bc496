import assert from 'node:assert/strict'
import { likeness, weightsOf } from './similarity.ts'
import { questionOf, turnsOf } from './suggest.ts'

describe('how alike two texts are', () => {
  const counts = new Map([
    [1, 900],
    [2, 5],
    [3, 5],
  ])
  const question = weightsOf(counts, 1000)

  it('is 1 for the same words, and 0 where none is shared', () => {
    assert.equal(likeness(question, [3, 1, 2]), 1)
    assert.equal(likeness(question, [4, 5]), 0)
    assert.equal(likeness(question, []), 0)
    assert.equal(likeness(new Map(), [1]), 0)
  })

  it('is more by a seldom word than by one that all texts have, and less for all else that is said', () => {
    assert.ok(likeness(question, [2, 9]) > likeness(question, [1, 9]))
    assert.ok(likeness(question, [2, 3]) > likeness(question, [2, 3, 9, 10, 11]))
  })
})

describe('what is asked', () => {
  const said = (senderType: 'visitor' | 'agent' | 'bot', content: string) => ({ senderType, content })

  it('is all that the visitor said since the last reply, or last', () => {
    const talk = [said('visitor', 'old'), said('agent', 'reply'), said('visitor', 'one'), said('visitor', 'two')]
    assert.equal(questionOf(talk), 'one\ntwo')
    assert.equal(questionOf([...talk, said('bot', 'later')]), 'one\ntwo')
    assert.equal(questionOf([said('agent', 'hello')]), '')
    assert.equal(questionOf([said('visitor', '[erased]')]), '')
  })

  it('is told to a language model in turns, after the examples', () => {
    const example = { conversationId: '', messageId: '', score: 1, question: 'Where?', answer: 'There.' }
    const [task, ...turns] = turnsOf([said('visitor', 'Hi'), said('bot', ''), said('agent', 'Hello')], [example])
    assert.match(task?.content ?? '', /Customer: Where\?\nAgent: There\./)
    assert.deepEqual(turns, [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello' },
    ])
  })
})
