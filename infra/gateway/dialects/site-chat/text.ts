import { Carousel, Dropdown, File, Image, QuickButtons } from '../../../../schemas/conversation/content.ts'
import type { Message } from '../../../../schemas/conversation/resource.ts'
import { type Check, checkOf } from '../../../../schemas/validator.ts'

type Said = Pick<Message, 'content' | 'contentType' | 'richMedia'>
type Rich = Exclude<Message['contentType'], 'text'>

/** A message as plain text, which is all that document B knows: the words, and below them what else there is to see or to choose. */
export function textOf({ content, contentType, richMedia }: Said): string {
  const lines = contentType === 'text' ? [] : linesOf[contentType](richMedia)
  return [...(content === '' ? [] : [content]), ...lines.filter((line) => line !== content)].join('\n')
}

const linesOf: Readonly<Record<Rich, (richMedia: unknown) => string[]>> = {
  image: lines(checkOf(Image), ({ alt = '', url }) => [...(alt === '' ? [] : [alt]), url]),
  file: lines(checkOf(File), ({ filename, url }) => [filename, url]),
  quick_button: lines(checkOf(QuickButtons), ({ buttons }) => choices(buttons)),
  carousel: lines(checkOf(Carousel), ({ cards }) =>
    cards.flatMap(({ title, subtitle = '', buttons = [] }) => [
      subtitle === '' ? title : `${title}: ${subtitle}`,
      ...choices(buttons),
    ]),
  ),
  dropdown: lines(checkOf(Dropdown), ({ options }) => choices(options)),
}

/** What is not as its content type wants, since its contact was erased, shows nothing. */
function lines<T>(check: Check<T>, of: (richMedia: T) => string[]): (richMedia: unknown) => string[] {
  return (richMedia) => {
    const checked = check(richMedia)
    return checked.ok ? of(checked.value) : []
  }
}

const choices = (offered: readonly { label: string }[]) => offered.map(({ label }) => `- ${label}`)
