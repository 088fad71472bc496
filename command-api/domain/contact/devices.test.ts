import assert from 'node:assert/strict'
import type { ContactCommand, ContactEvent } from '../../../schemas/contact/events.ts'
import { given, stateOf } from '../../testing/given.ts'
import { contact } from './contact.ts'
import { mostDevices } from './devices.ts'

const contactId = '10000000-0000-4000-8000-000000000004'
const channelId = '10000000-0000-4000-8000-000000000005'
const facts = { name: null, email: null, phone: null, attributes: {} }
const created: ContactEvent = { type: 'ContactCreated', data: { contactId, visitorId: 'visitor-1', ...facts } }
const erased: ContactEvent = { type: 'ContactErased', data: { contactId } }
const deviceOf = (n: number) => ({
  deviceId: `20000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
  platform: 'fcm' as const,
  channelId,
  token: `token-of-device-${n}`,
})
const register = (n: number): ContactCommand => ({ type: 'RegisterDevice', ...deviceOf(n) })
const registered = (n: number): ContactEvent => ({ type: 'DeviceRegistered', data: { contactId, ...deviceOf(n) } })
const drop = (n: number): ContactCommand => ({ type: 'DropDevice', deviceId: deviceOf(n).deviceId, reason: 'dead' })
const dropped = (n: number, reason: 'dead' | 'replaced'): ContactEvent => ({
  type: 'DeviceDropped',
  data: { contactId, deviceId: deviceOf(n).deviceId, reason },
})

describe('the devices of a contact', () => {
  it('are registered once, and again after they were dropped', () => {
    given(contact, created).when(register(1)).yields(registered(1))
    given(contact, created, registered(1)).when(register(1)).yields()
    given(contact, created, registered(1)).when(drop(1)).yields(dropped(1, 'dead'))
    given(contact, created, registered(1), dropped(1, 'dead')).when(drop(1)).yields()
    given(contact, created, registered(1), dropped(1, 'dead')).when(register(1)).yields(registered(1))
  })

  it('go over to another channel that registers them', () => {
    const elsewhere = { ...deviceOf(1), channelId: '10000000-0000-4000-8000-000000000006' }
    given(contact, created, registered(1))
      .when({ type: 'RegisterDevice', ...elsewhere })
      .yields({ type: 'DeviceRegistered', data: { contactId, ...elsewhere } })
  })

  it('are so many and no more: the oldest makes room', () => {
    const full = [created, ...Array.from({ length: mostDevices }, (_, n) => registered(n))]
    given(contact, ...full)
      .when(register(99))
      .yields(dropped(0, 'replaced'), registered(99))
    const state = stateOf(contact, [...full, dropped(0, 'replaced'), registered(99)])
    assert.ok(state.status === 'known')
    assert.equal(state.devices.size, mostDevices)
    assert.equal(state.updatedAt, state.createdAt, 'nobody sees a change of the contact')
  })

  it('go with the contact', () => {
    given(contact, created, registered(1), erased).when(register(2)).refused('contact-erased')
    given(contact, created, registered(1), erased).when(drop(1)).yields()
    assert.ok(!('devices' in stateOf(contact, [created, registered(1), erased])))
    given(contact).when(register(1)).refused('not-found')
  })
})
