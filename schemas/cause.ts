/** Why one of our services asks for something that no person asked for: a flow or an automation does it. */
export interface Cause {
  /** The flow or automation, as history names it. */
  bot: string
  /** The event that made it. */
  eventId: string
  /** How many flows and automations stand between a person and this, this one counted: from 1. */
  depth: number
}

/** Events that so many flows and automations stand behind set off no more of them (DESIGN.md section 8). */
export const maxDepth = 10

const form = /^bot=([0-9a-f-]{36}); event=([0-9a-f-]{36}); depth=(\d{1,3})$/

/** The header of a call from flow-engine to command-api. */
export function causeHeaders({ bot, eventId, depth }: Cause): { 'x-cause': string } {
  return { 'x-cause': `bot=${bot}; event=${eventId}; depth=${depth}` }
}

/** Undefined where there is none; throws where it has another form, since a lost depth would be a loop without end. */
export function causeIn(headers: Readonly<Record<string, string | string[] | undefined>>): Cause | undefined {
  const header = headers['x-cause']
  if (header === undefined) return undefined
  const [, bot, eventId, depth] = form.exec(String(header)) ?? []
  if (bot === undefined || eventId === undefined) throw new Error(`X-Cause has another form: ${String(header)}`)
  return { bot, eventId, depth: Number(depth) }
}
