import type { Made } from './make-person.ts'

/** For a person to read. */
export function report({ id, email, name, role, workspaceId, invitation }: Made): string {
  const facts: [string, string][] = [
    ['person', `${name} <${email}>`],
    ['role', role],
    ['id', id],
    ['workspace', workspaceId],
    ...(invitation === null
      ? [['password', 'set'] satisfies [string, string]]
      : ([
          ['link', invitation.url],
          ['holds until', `${invitation.expiresAt}, once`],
        ] satisfies [string, string][])),
  ]
  return `${facts.map(([what, value]) => `  ${what.padEnd(12)}${value}`).join('\n')}\n`
}
