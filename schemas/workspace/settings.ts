import Type, { type Static } from 'typebox'
import { exactly, Name, nullable } from '../fields.ts'

const Clock = Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$|^24:00$', description: 'HH:MM, in the time zone' })
const Hours = Type.Array(exactly({ from: Clock, to: Clock }), { maxItems: 6 })

/** Open hours by weekday; a day without any is closed. */
export const BusinessHours = exactly({
  monday: Type.Optional(Hours),
  tuesday: Type.Optional(Hours),
  wednesday: Type.Optional(Hours),
  thursday: Type.Optional(Hours),
  friday: Type.Optional(Hours),
  saturday: Type.Optional(Hours),
  sunday: Type.Optional(Hours),
})
export type BusinessHours = Static<typeof BusinessHours>

export const assignmentModes = ['off', 'round_robin', 'least_busy'] as const

export const AutoAssignment = exactly({
  mode: Type.Enum(assignmentModes),
  capacity: nullable(
    Type.Integer({
      minimum: 1,
      maximum: 1000,
      description: 'most open or pending conversations of one agent, whoever assigns them; null: no bound',
    }),
  ),
})
export type AutoAssignment = Static<typeof AutoAssignment>

/** What an admin sets (document D). */
export const WorkspaceSettings = exactly({
  name: Name,
  timeZone: Type.String({ minLength: 1, maxLength: 64, description: 'IANA name, such as Europe/Berlin' }),
  locale: Type.String({ pattern: '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$', maxLength: 35, description: 'BCP 47' }),
  businessHours: nullable(BusinessHours),
  autoAssignment: AutoAssignment,
  retentionDays: nullable(
    Type.Integer({
      minimum: 1,
      maximum: 36_500,
      description: 'contacts without activity for longer are erased; null: kept',
    }),
  ),
})
export type WorkspaceSettings = Static<typeof WorkspaceSettings>

export const workspaceDefaults: Omit<WorkspaceSettings, 'name' | 'timeZone'> = {
  locale: 'en',
  businessHours: null,
  autoAssignment: { mode: 'off', capacity: null },
  retentionDays: null,
}
