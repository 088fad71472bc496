import Type, { type Static } from 'typebox'
import { exactly, Id } from '../fields.ts'
import { DevicePlatform } from './events.ts'

/** POST /api/conversations/{id}/devices: a token as the platform gave it to the app. */
export const RegisterDeviceBody = Type.Union([
  exactly({
    platform: Type.Literal('fcm'),
    token: Type.String({
      pattern: '^[\\x21-\\x7e]{16,4096}$',
      examples: ['bk3RNwTe3H0:CI2k_HHwgIpoDKCIZvvDMExUdFQ3P1'],
      description: 'registration token of Firebase Cloud Messaging',
    }),
  }),
  exactly({
    platform: Type.Literal('apns'),
    token: Type.String({
      pattern: '^[0-9A-Fa-f]{16,400}$',
      examples: ['740f4707bebcf74f9b7c25d48e3358945f6aa01da5ddb387462c7eaf61bb78ad'],
      description: 'device token of Apple, hex',
    }),
  }),
])

/** A device as the app is told of it. */
export const Device = exactly({ id: Id, platform: DevicePlatform })
export type Device = Static<typeof Device>

/** `GET /internal/contacts/{id}/devices`: what sends pushes needs. */
export const ContactDevices = exactly({
  data: Type.Array(
    exactly({
      id: Id,
      platform: DevicePlatform,
      channelId: Type.String({ format: 'uuid', description: 'whose credentials it takes pushes from' }),
      token: Type.String(),
    }),
  ),
})
export type ContactDevice = Static<typeof ContactDevices>['data'][number]
