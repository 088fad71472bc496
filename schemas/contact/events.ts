import Type, { type Static } from 'typebox'
import { type EventOf, event, personal } from '../define.ts'
import { Id, Metadata, nullable } from '../fields.ts'

export const DevicePlatform = Type.Enum(['fcm', 'apns'])
export type DevicePlatform = Static<typeof DevicePlatform>

const facts = {
  name: personal(nullable(Type.String())),
  email: personal(nullable(Type.String())),
  phone: personal(nullable(Type.String())),
  attributes: personal(Metadata),
}

/** What may have happened to a contact. Stream `contact-<contactId>`. */
export const contactEvents = {
  ContactCreated: event(Type.Object({ contactId: Id, visitorId: Type.String(), ...facts })),
  /** Only what changed; attributes as a whole. */
  ContactUpdated: event(
    Type.Object({
      contactId: Id,
      name: Type.Optional(facts.name),
      email: Type.Optional(facts.email),
      phone: Type.Optional(facts.phone),
      attributes: Type.Optional(facts.attributes),
    }),
  ),
  /** An app of his may be sent pushes, by the credentials of the channel. Who knows the token may send them too. */
  DeviceRegistered: event(
    Type.Object({
      contactId: Id,
      deviceId: Id,
      platform: DevicePlatform,
      channelId: Id,
      token: personal(Type.String()),
    }),
  ),
  /** asked: by the app; dead: Google or Apple say so; replaced: by a newer one, since there were too many. */
  DeviceDropped: event(Type.Object({ contactId: Id, deviceId: Id, reason: Type.Enum(['asked', 'dead', 'replaced']) })),
  /** The contact's key is gone from the vault, and with it the words of all its events. */
  ContactErased: event(Type.Object({ contactId: Id })),
}

export type ContactEvent = EventOf<typeof contactEvents>

export interface ContactFacts {
  name: string | null
  email: string | null
  phone: string | null
  attributes: Record<string, unknown>
}

export type ContactCommand =
  | ({ type: 'CreateContact'; contactId: string; visitorId: string } & ContactFacts)
  /** Attributes are merged, one level deep; null removes one. */
  | { type: 'UpdateContact'; changes: Partial<ContactFacts> }
  | { type: 'RegisterDevice'; deviceId: string; platform: DevicePlatform; channelId: string; token: string }
  | { type: 'DropDevice'; deviceId: string; reason: 'asked' | 'dead' }
  | { type: 'EraseContact' }
