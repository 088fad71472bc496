import type { ContactDevice } from '../../../schemas/contact/device.ts'
import type { ContactCommand, ContactEvent } from '../../../schemas/contact/events.ts'

/** By id, the first registered first. */
export type Devices = ReadonlyMap<string, ContactDevice>

type Registration = Extract<ContactCommand, { type: 'RegisterDevice' }>
type Registered = Extract<ContactEvent, { type: 'DeviceRegistered' }>['data']

/** Tokens change with each installation of an app, and not all of the old ones are ever reported dead. */
export const mostDevices = 20

/** A token that is known changes nothing; one too many takes the place of the oldest. */
export function register(
  { id: contactId, devices }: { id: string; devices: Devices },
  { deviceId, platform, channelId, token }: Registration,
): ContactEvent[] {
  const known = devices.get(deviceId)
  if (known?.channelId === channelId) return []
  const registered: ContactEvent = {
    type: 'DeviceRegistered',
    data: { contactId, deviceId, platform, channelId, token },
  }
  const [oldest] = devices.keys()
  if (known !== undefined || oldest === undefined || devices.size < mostDevices) return [registered]
  return [{ type: 'DeviceDropped', data: { contactId, deviceId: oldest, reason: 'replaced' } }, registered]
}

export function withDevice(devices: Devices, { deviceId: id, platform, channelId, token }: Registered): Devices {
  return new Map([...withoutDevice(devices, { deviceId: id }), [id, { id, platform, channelId, token }]])
}

export function withoutDevice(devices: Devices, { deviceId }: { deviceId: string }): Devices {
  return new Map([...devices].filter(([id]) => id !== deviceId))
}
