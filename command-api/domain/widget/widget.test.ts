import assert from 'node:assert/strict'
import { type WidgetEvent, widgetDefaults } from '../../../schemas/widget/events.ts'
import { given, stateOf } from '../../testing/given.ts'
import { widget } from './widget.ts'

const widgetId = '10000000-0000-4000-8000-000000000005'
const settings = { ...widgetDefaults, name: 'Homepage' }
const create = { type: 'CreateWidget', widgetId, settings } as const
const created: WidgetEvent = { type: 'WidgetCreated', data: { widgetId, ...settings } }
const deleted: WidgetEvent = { type: 'WidgetDeleted', data: { widgetId } }

describe('a widget', () => {
  it('is made once', () => {
    given(widget).when(create).yields(created)
    given(widget, created).when(create).refused('already-exists')
  })

  it('records only what changes', () => {
    const changes = { name: 'Homepage', themeColor: '#000000', allowedOrigins: ['https://shop.example'] }
    given(widget, created)
      .when({ type: 'UpdateWidget', changes })
      .yields({
        type: 'WidgetUpdated',
        data: { widgetId, changes: { themeColor: '#000000', allowedOrigins: ['https://shop.example'] } },
      })
    given(widget, created)
      .when({ type: 'UpdateWidget', changes: { name: 'Homepage', allowedOrigins: [] } })
      .yields()
  })

  it('is nowhere before it is made and after it is deleted', () => {
    given(widget, created).when({ type: 'DeleteWidget' }).yields(deleted)
    for (const command of [{ type: 'DeleteWidget' }, { type: 'UpdateWidget', changes: { active: true } }] as const) {
      given(widget).when(command).refused('not-found')
      given(widget, created, deleted).when(command).refused('not-found')
    }
  })

  it('of the first release lets all origins in and is active', () => {
    const { allowedOrigins: _a, flowId: _f, businessHours: _b, active: _c, ...first } = settings
    const state = stateOf(widget, [{ type: 'WidgetCreated', data: { widgetId, ...first } }])
    assert.deepEqual(state.status === 'active' && state.settings, settings)
  })
})
