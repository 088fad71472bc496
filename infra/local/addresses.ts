import type { ServiceName, Stack } from './stack.ts'

const ROWS: readonly (readonly [ServiceName, string])[] = [
  ['gateway', 'Gateway: API and sockets'],
  ['command-api', 'Command API'],
  ['query-api', 'Query API'],
  ['realtime', 'Realtime'],
  ['projectors', 'Projectors: health, metrics'],
  ['flow-engine', 'Flow engine: health, metrics'],
  ['event-store', 'Event store'],
  ['postgres', 'Postgres'],
  ['redis', 'Redis'],
]

/** What is shown when all is ready: where everything is, and what to do next. */
export function addressTable(stack: Stack, demo: string | undefined): string {
  const rows = ROWS.map(([name, title]) => [title, addressOf(stack, name)] as const)
  const front = stack.config.publicUrl
  const all = [['Start here', front] as const, ...rows, ['Data', stack.config.dataDir] as const, ...accounts(demo)]
  const width = Math.max(...all.map(([title]) => title.length))
  return [
    '',
    ...all.map(([title, address]) => `  ${title.padEnd(width)}  ${address}`),
    '',
    '  make demo-info   ids and credentials of the demo workspace, as JSON',
    '  make doctor      checks what runs here',
    '  make help        everything else',
    '  Ctrl-C           stops all (from elsewhere: make stop)',
    '',
  ].join('\n')
}

/** The passwords of one's own servers are not for the screen. */
function addressOf(stack: Stack, name: ServiceName): string {
  const address = stack.url(name)
  if (!stack.external.includes(name)) return address
  return `${address.replace(/\/\/[^@/]*@/, '//…@')} (yours)`
}

function accounts(demo: string | undefined): (readonly [string, string])[] {
  if (demo === undefined) return []
  const facts: Record<string, { email?: string; password?: string } | undefined> = JSON.parse(demo)
  return ['admin', 'agent'].flatMap((role) => {
    const { email, password } = facts[role] ?? {}
    return email === undefined || password === undefined ? [] : [[`Demo ${role}`, `${email} / ${password}`] as const]
  })
}
