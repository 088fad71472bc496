import type { Value } from './table.ts'

/** A Postgres array of one column's values, as text: one parameter, however many rows. */
export function arrayLiteral(values: readonly Value[]): string {
  let text = '{'
  for (let index = 0; index < values.length; index++) {
    if (index > 0) text += ','
    text += element(values[index] ?? null)
  }
  return `${text}}`
}

const plain = /^[0-9A-Za-z.:+-]+$/
const special = /[\\"]/g

function element(value: Value): string {
  if (value === null) return 'NULL'
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value !== 'string') return quoted(arrayLiteral(value))
  return value.length <= 36 && plain.test(value) && !/^null$/i.test(value) ? value : quoted(value)
}

function quoted(text: string): string {
  return `"${text.replace(special, '\\$&')}"`
}
