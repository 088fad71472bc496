import { parseArgs } from 'node:util'
import { runCommand } from '../infra/runtime/command-line.ts'

/** What a command answers: with --json its value, else its text. */
export interface Answer {
  value: unknown
  text: string
  /** With which the command ends. Default 0. */
  code?: number
}

/** A command that was written wrongly, or that cannot be done now; its message is for whoever typed it. */
export class Misuse extends Error {
  override name = 'Misuse'
}

export interface AfterCare {
  help: string
  /** Does an action, by default `list`, to what is named after it. Throws Misuse. */
  act: (action: string, ids: string[]) => Promise<Answer>
}

/** Runs a command that looks after what was given up, and ends the process: with 1 where it could not do all that was asked. */
export function lookAfter({ help, act }: AfterCare): Promise<never> {
  return runCommand(
    async () => {
      const { values, positionals } = parseArgs({
        allowPositionals: true,
        options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
      })
      if (values.help) {
        process.stdout.write(help)
        return 0
      }
      const [action = 'list', ...ids] = positionals
      const { value, text, code = 0 } = await act(action, ids)
      process.stdout.write(values.json ? `${JSON.stringify(value, null, 2)}\n` : text)
      return code
    },
    (error) => error instanceof Misuse,
  )
}

export function noSuchAction(action: string, help: string): Misuse {
  return new Misuse(`There is no command "${action}".\n\n${help}`)
}

/** The ids that are named; undefined: all of them, since "all" is said. Throws Misuse where nothing is. */
export function named(action: string, ids: readonly string[]): readonly string[] | undefined {
  if (ids.length === 0) throw new Misuse(`Say which: ${action} ID … or ${action} all`)
  return isAll(ids) ? undefined : ids
}

/** The ids that are named; undefined: all of them, since nothing or "all" is said. For what does no harm. */
export const namedOrAll = (ids: readonly string[]) => (ids.length === 0 || isAll(ids) ? undefined : ids)

export const isAll = (ids: readonly string[]) => ids.length === 1 && ids[0] === 'all'

/** What was done, and which of those that were asked for there are not. `unknown` ends a sentence: "is no push that was given up". */
export function settled(
  asked: readonly string[],
  done: readonly string[],
  { word, unknown }: { word: string; unknown: string },
): Answer {
  const missing = asked.filter((id) => !done.includes(id))
  const lines = [`${done.length} ${word}.`, ...missing.map((id) => `${id} ${unknown}.`)]
  return { value: { done, missing }, text: `${lines.join('\n')}\n`, code: missing.length === 0 ? 0 : 1 }
}

/** Does something to each id; answers those for which it could be done. */
export async function each(ids: readonly string[], one: (id: string) => Promise<boolean>): Promise<string[]> {
  const done: string[] = []
  for (const id of ids) if (await one(id)) done.push(id)
  return done
}
