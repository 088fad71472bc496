import { exactly, Id } from '../fields.ts'
import { route } from '../route.ts'
import { ContactDevices, Device, RegisterDeviceBody } from './device.ts'

const tag = 'Devices'

/** Where end users of mobile channels get pushes (document C); served by command-api. */
export const deviceRoutes = {
  register: route({
    service: 'command-api',
    method: 'POST',
    path: '/api/conversations/{id}/devices',
    access: 'public',
    tag,
    summary: 'Register a device for pushes',
    description:
      "By the app, with the visitor token of a conversation of a mobile_sdk channel; of another channel's: 409. The device gets a push for each message of an agent, an AI or a bot in the end user's conversations while no connection of his is open. Registering the same token again changes nothing, so do it at each start of the app. Of more than 20 devices the one registered first is dropped.",
    params: exactly({ id: Id }),
    body: RegisterDeviceBody,
    answers: {
      200: { description: 'the device, which was registered before', schema: Device },
      201: { description: 'the device', schema: Device },
    },
    rejections: ['not-found', 'forbidden', 'conflict', 'contact-erased', 'idempotency-key-reused'],
  }),
  drop: route({
    service: 'command-api',
    method: 'DELETE',
    path: '/api/conversations/{id}/devices/{deviceId}',
    access: 'public',
    tag,
    summary: 'Stop pushes to a device',
    description:
      'By the app, with the visitor token: at logging out, before somebody else logs in. One that is not registered is fine.',
    params: exactly({ id: Id, deviceId: Id }),
    answers: { 204: { description: 'it gets no pushes' } },
    rejections: ['not-found', 'forbidden', 'conflict', 'idempotency-key-reused'],
  }),
  ofContact: route({
    service: 'command-api',
    method: 'GET',
    path: '/internal/contacts/{id}/devices',
    access: 'system',
    tag: 'Internal',
    summary: 'The devices of a contact with their tokens, as the log has them now',
    description: 'None for a contact who was erased, or is not there.',
    params: exactly({ id: Id }),
    answers: { 200: { description: 'the devices, the first registered first', schema: ContactDevices } },
    rejections: [],
  }),
  dropDead: route({
    service: 'command-api',
    method: 'DELETE',
    path: '/internal/contacts/{id}/devices/{deviceId}',
    access: 'system',
    tag: 'Internal',
    summary: 'Drop a device whose token takes no more pushes',
    description: 'One that is not registered is fine.',
    params: exactly({ id: Id, deviceId: Id }),
    answers: { 204: { description: 'it gets no pushes' } },
    rejections: ['conflict'],
  }),
}
