import assert from 'node:assert/strict'
import type { TemplateEvent } from '../../../schemas/template/events.ts'
import { given, stateOf } from '../../testing/given.ts'
import { template } from './template.ts'

const templateId = '10000000-0000-4000-8000-000000000008'
const facts = { name: 'welcome', body: 'Hi {{contact.name}}', buttons: [{ label: 'Yes' }], whatsapp: null }
const created: TemplateEvent = { type: 'TemplateCreated', data: { templateId, ...facts } }
const deleted: TemplateEvent = { type: 'TemplateDeleted', data: { templateId } }

describe('a message template', () => {
  it('is made once', () => {
    given(template).when({ type: 'CreateTemplate', templateId, facts }).yields(created)
    given(template, created).when({ type: 'CreateTemplate', templateId, facts }).refused('already-exists')
  })

  it('records only what changes', () => {
    given(template, created)
      .when({ type: 'UpdateTemplate', changes: { name: 'welcome', body: 'Hello', buttons: [{ label: 'Yes' }] } })
      .yields({ type: 'TemplateUpdated', data: { templateId, changes: { body: 'Hello' } } })
  })

  it('keeps its words when it is deleted, and is changed no more', () => {
    const state = stateOf(template, [created, deleted])
    assert.deepEqual(state.status === 'deleted' && state.facts, facts)
    given(template, created, deleted)
      .when({ type: 'UpdateTemplate', changes: { body: 'x' } })
      .refused('not-found')
    given(template).when({ type: 'DeleteTemplate' }).refused('not-found')
  })
})
