import { type SocketCommand, type SocketCommandName, socketCommands } from '../../../schemas/realtime/socket-io.ts'
import { type Check, checkOf } from '../../../schemas/validator.ts'
import { Refusal } from '../../access.ts'

/** Reads what a client has sent: the name of an event, and its arguments without the acknowledgement. Throws a Refusal. */
export type ReadCommand = (name: string, given: readonly unknown[]) => SocketCommand

export function createCommandReader(): ReadCommand {
  const checks = new Map<string, Check<unknown>>(
    Object.entries(socketCommands).map(([name, schema]) => [name, checkOf(schema)]),
  )
  return (name, given) => {
    const check = checks.get(name)
    if (check === undefined) {
      throw new Refusal(
        'unknown-type',
        `There is no event ${name.slice(0, 50)}; there are ${[...checks.keys()].join(', ')}.`,
      )
    }
    const checked = check(given[0] ?? {})
    if (!checked.ok) throw new Refusal('validation', `${checked.errors.map(({ message }) => message).join('; ')}.`)
    // The check is that of the name.
    return { name: name as SocketCommandName, payload: checked.value } as SocketCommand
  }
}
