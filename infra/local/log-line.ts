import { inspect, styleText } from 'node:util'

export interface LogStyle {
  /** Pass on what a process wrote as it is, without its name before it. */
  raw: boolean
  colour: boolean
}

const NAME_WIDTH = 12
const HUES = ['cyan', 'green', 'magenta', 'blue', 'yellow', 'cyanBright', 'greenBright', 'magentaBright'] as const
const LEVELS: Record<number, readonly [string, 'gray' | 'green' | 'yellow' | 'red']> = {
  10: ['TRACE', 'gray'],
  20: ['DEBUG', 'gray'],
  30: ['INFO', 'green'],
  40: ['WARN', 'yellow'],
  50: ['ERROR', 'red'],
  60: ['FATAL', 'red'],
}
/** What every line of pino has and what the prefix says already. */
const USUAL = new Set(['level', 'time', 'pid', 'hostname', 'msg', 'name', 'service', 'err', 'error', 'v'])

/** A line of a process as it is shown in the terminal: its name, then what pino's JSON says, or the line as it is. */
export function logLine(name: string, line: string, { raw, colour }: LogStyle): string {
  if (raw && name !== 'stack') return line
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    colour ? styleText(style, text) : text
  const prefix = `${paint(hueOf(name), name.padEnd(NAME_WIDTH))} ${paint('gray', '│')} `
  const entry = parse(line)
  if (entry === undefined) return indent(prefix, name === 'stack' ? paint('bold', line) : line)
  const [label, style] = LEVELS[Number(entry.level)] ?? [String(entry.level ?? ''), 'gray']
  const fields = Object.entries(entry)
    .filter(([key]) => !USUAL.has(key))
    .map(([key, value]) => `${paint('gray', `${key}=`)}${short(value)}`)
  const said = [paint(style, label.padEnd(5)), String(entry.msg ?? ''), ...fields].join(' ')
  return indent(prefix, `${said}${trace(entry.err ?? entry.error)}`)
}

function parse(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch (error) {
    // Not JSON after all: it is shown as it is.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function trace(error: unknown): string {
  if (typeof error !== 'object' || error === null) return error === undefined ? '' : ` ${short(error)}`
  const { stack, message } = { stack: undefined, message: undefined, ...error }
  return `\n${String(stack ?? message ?? inspect(error))}`
}

function short(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}

function indent(prefix: string, text: string): string {
  return text
    .split('\n')
    .map((line) => prefix + line)
    .join('\n')
}

/** The same name always has the same colour. */
function hueOf(name: string): (typeof HUES)[number] | 'white' {
  if (name === 'stack') return 'white'
  const sum = [...name].reduce((total, letter) => total + letter.charCodeAt(0), 0)
  return HUES[sum % HUES.length] ?? 'white'
}
