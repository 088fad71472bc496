import Type, { type Static } from 'typebox'

/**
 * Asked of every realtime instance through Redis: is the end user of this conversation connected to it? Each answers, on the channel
 * that the question names; whoever asks knows by PUBLISH how many answers to wait for. An instance that died does not answer, so that
 * nobody is believed to be there for its sake.
 */
export const attendanceChannel = 'parley:attendance'

export const AttendanceQuestion = Type.Object({
  id: Type.String({ maxLength: 100 }),
  workspaceId: Type.String(),
  conversationId: Type.String(),
  answerTo: Type.String({ pattern: '^parley:attendance:[0-9a-f-]{36}$' }),
})
export type AttendanceQuestion = Static<typeof AttendanceQuestion>

export const AttendanceAnswer = Type.Object({ id: Type.String(), here: Type.Boolean() })
export type AttendanceAnswer = Static<typeof AttendanceAnswer>
