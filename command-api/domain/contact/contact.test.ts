import assert from 'node:assert/strict'
import type { ContactEvent, ContactFacts } from '../../../schemas/contact/events.ts'
import { given, stateOf } from '../../testing/given.ts'
import { contact } from './contact.ts'

const contactId = '10000000-0000-4000-8000-000000000004'
const ada: ContactFacts = { name: 'Ada', email: 'ada@demo.test', phone: null, attributes: { plan: 'pro', seats: 3 } }
const created: ContactEvent = { type: 'ContactCreated', data: { contactId, visitorId: 'visitor-1', ...ada } }
const erased: ContactEvent = { type: 'ContactErased', data: { contactId } }
const update = (changes: Partial<ContactFacts>) => ({ type: 'UpdateContact', changes }) as const
const updated = (changes: Partial<ContactFacts>): ContactEvent => ({
  type: 'ContactUpdated',
  data: { contactId, ...changes },
})

describe('a contact', () => {
  const create = { type: 'CreateContact', contactId, visitorId: 'visitor-1', ...ada } as const

  it('is created once', () => {
    given(contact).when(create).yields(created)
    given(contact, created)
      .when({ ...create, name: 'Eve' })
      .yields()
  })

  it('changes in what is named, and clears what is null', () => {
    given(contact, created)
      .when(update({ name: 'Ada L.', phone: '030 1' }))
      .yields(updated({ name: 'Ada L.', phone: '030 1' }))
    given(contact, created)
      .when(update({ email: null }))
      .yields(updated({ email: null }))
    given(contact, created)
      .when(update({ name: 'Ada' }))
      .yields()
    given(contact)
      .when(update({ name: 'Ada' }))
      .refused('not-found')
  })

  it('merges attributes one level deep, and removes those that are null', () => {
    const attributes = { seats: null, tier: { level: 2 } }
    given(contact, created)
      .when(update({ attributes }))
      .yields(updated({ attributes: { plan: 'pro', tier: { level: 2 } } }))
    given(contact, created, updated({ attributes: { tier: { level: 2, since: 1 } } }))
      .when(update({ attributes: { tier: { level: 3 } } }))
      .yields(updated({ attributes: { tier: { level: 3 } } }))
    given(contact, created)
      .when(update({ attributes: { plan: 'pro', none: null } }))
      .yields()
  })

  it('has no more attributes than can be stored with every change', () => {
    const half = 'é'.repeat(9_000)
    given(contact, created)
      .when(update({ attributes: { half } }))
      .yields(updated({ attributes: { ...ada.attributes, half } }))
    given(contact, created, updated({ attributes: { half } }))
      .when(update({ attributes: { other: half } }))
      .refused('validation')
    const many = Object.fromEntries(Array.from({ length: 99 }, (_, n) => [`n${n}`, n]))
    given(contact, created)
      .when(update({ attributes: many }))
      .refused('validation')
    given(contact)
      .when({ ...create, attributes: { half, other: half } })
      .refused('validation')
  })

  it('is erased once, for ever, and its state forgets what is personal', () => {
    given(contact, created).when({ type: 'EraseContact' }).yields(erased)
    given(contact, created, erased).when({ type: 'EraseContact' }).yields()
    given(contact, created, erased)
      .when(update({ name: 'Ada' }))
      .refused('contact-erased')
    given(contact, created, erased).when(create).refused('contact-erased')
    given(contact).when({ type: 'EraseContact' }).refused('not-found')
    assert.doesNotMatch(JSON.stringify(stateOf(contact, [created, erased])), /Ada|ada@|plan/)
  })
})
