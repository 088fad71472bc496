import type { FieldError } from '../../../schemas/rejection.ts'
import { folded } from '../text/folded.ts'

/** A flow that starts by itself. */
export interface Trigger {
  flowId: string
  keywords: readonly string[]
  onConversationStart: boolean
}

export interface Keyword {
  flowId: string
  /** How many characters; the longest is tried first. */
  length: number
  pattern: RegExp
}

/** The keywords of several flows, ready to be looked for. Of two that are as long, that of the flow that stands first is tried first. */
export function keywordsOf(triggers: readonly Trigger[]): Keyword[] {
  return triggers
    .flatMap(({ flowId, keywords }) =>
      keywords.map((keyword) => {
        const words = spaced(keyword)
        return { flowId, length: words.length, pattern: new RegExp(`${notAfter}${escaped(words)}${notBefore}`, 'u') }
      }),
    )
    .filter(({ length }) => length > 0)
    .sort((a, b) => b.length - a.length)
}

/** The flow that a text starts: a keyword stands in it as a whole word, in large or small letters (API.md, E). */
export function flowFor(text: string, keywords: readonly Keyword[]): string | undefined {
  if (keywords.length === 0) return undefined
  const said = spaced(text)
  return keywords.find(({ pattern }) => pattern.test(said))?.flowId
}

/** Keywords of a flow that others of the workspace, which are active, have as well: only one of them answers. */
export function sharedKeywords(
  { flowId, keywords }: Pick<Trigger, 'flowId' | 'keywords'>,
  active: readonly (Pick<Trigger, 'flowId' | 'keywords'> & { name: string })[],
): FieldError[] {
  const others = new Map(
    active
      .filter((other) => other.flowId !== flowId)
      .flatMap(({ name, keywords }) => keywords.map((keyword) => [spaced(keyword), name] as const)),
  )
  return keywords.flatMap((keyword, index) => {
    const name = others.get(spaced(keyword))
    if (name === undefined) return []
    const message = `keyword "${keyword}": the active flow ${name} has it too; the older of the two answers`
    return [{ path: `/settings/triggers/keywords/${index}`, message }]
  })
}

const notAfter = '(?<![\\p{L}\\p{N}_])'
const notBefore = '(?![\\p{L}\\p{N}_])'

const spaced = (text: string) => folded(text).replace(/\s+/g, ' ')
const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
