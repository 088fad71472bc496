import { cut, split } from './text.ts'

export interface Choice {
  label: string
  value: string
}

export interface Header {
  type: 'image'
  image: { link: string }
}

export interface Question {
  content: string
  choices: readonly Choice[]
  /** What a list is opened by. */
  placeholder?: string | undefined
  /** Above buttons alone. */
  header?: Header | undefined
}

/** Limits of the Cloud API, "Interactive messages": in characters. */
const mostButtons = 3
const mostRows = 10
const mostOfBody = 1024
const mostOfTitle = { button: 20, row: 24, description: 72, opener: 20 }
const mostOfId = { button: 256, row: 200 }

/**
 * Up to three choices are buttons, more are lists of ten. Of a text that is too long, all but the end goes before. What is chosen comes
 * back by its id, which is the value of the choice.
 */
export function choices(question: Question): { before: string[]; interactives: object[] } {
  const { content, placeholder = 'Options', header } = question
  const pieces = split(content, mostOfBody)
  const text = pieces.at(-1) ?? cut(placeholder, mostOfBody)
  const from = unlike(question.choices)
  const before = pieces.slice(0, -1)
  if (from.length <= mostButtons) {
    const titles = titled(from, mostOfTitle.button)
    const buttons = from.map(({ value }, index) => ({
      type: 'reply',
      reply: { id: value.slice(0, mostOfId.button), title: titles[index] },
    }))
    const about = header === undefined ? {} : { header }
    return { before, interactives: [{ type: 'button', ...about, body: { text }, action: { buttons } }] }
  }
  const titles = titled(from, mostOfTitle.row)
  const rows = from.map(({ label, value }, index) => ({
    id: value.slice(0, mostOfId.row),
    title: titles[index],
    ...(label.length > mostOfTitle.row ? { description: cut(label, mostOfTitle.description) } : {}),
  }))
  const button = cut(placeholder, mostOfTitle.opener)
  const interactives = chunks(rows, mostRows).map((some) => ({
    type: 'list',
    body: { text },
    action: { button, sections: [{ rows: some }] },
  }))
  return { before, interactives }
}

/** WhatsApp refuses two choices with one id. */
function unlike(all: readonly Choice[]): Choice[] {
  return [...new Map(all.map((choice) => [choice.value, choice])).values()]
}

/** Titles of at most so many characters, of which no two are alike: WhatsApp refuses those too. */
function titled(all: readonly Choice[], most: number): string[] {
  const taken = new Set<string>()
  return all.map(({ label }) => {
    let title = cut(label.trim(), most)
    for (let n = 2; taken.has(title); n++) {
      const ending = ` ${n}`
      title = `${cut(label.trim(), most - ending.length)}${ending}`
    }
    taken.add(title)
    return title
  })
}

function chunks<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size))
}
