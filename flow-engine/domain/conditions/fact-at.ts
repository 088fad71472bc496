import type { Facts } from '../facts.ts'

/** What a field of a condition names (schemas/condition.ts); undefined where it is not there. */
export function factAt(field: string, facts: Facts): unknown {
  const [noun = '', ...rest] = field.split('.')
  const name = rest.join('.')
  switch (noun) {
    case 'reply':
      return facts.reply
    case 'message':
      return of(facts.message, name)
    case 'contact':
      return of(facts.contact, name, 'attributes')
    case 'conversation':
      return of(facts.conversation, name, 'metadata')
    case 'variables':
      return of(facts.variables, name)
    case 'webhook':
      return of(facts.webhook, name)
    case 'workspace':
      return of(facts.workspace, name)
    default:
      return undefined
  }
}

/** A fact by its name; `open` holds facts that the workspace names itself. What an object inherits is no fact. */
function of(facts: unknown, name: string, open?: string): unknown {
  if (open !== undefined && name.startsWith(`${open}.`)) return of(own(facts, open), name.slice(open.length + 1))
  return name === open ? undefined : own(facts, name)
}

function own(facts: unknown, name: string): unknown {
  if (typeof facts !== 'object' || facts === null || !Object.hasOwn(facts, name)) return undefined
  return Reflect.get(facts, name)
}
