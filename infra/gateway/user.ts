import { parseArgs } from 'node:util'
import { Role, roles } from '../../schemas/agent/events.ts'
import { Email } from '../../schemas/agent/resource.ts'
import { Id, Name } from '../../schemas/fields.ts'
import { NewPassword } from '../../schemas/identity/resource.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { createInternalTokens } from '../runtime/auth/internal-tokens.ts'
import { runCommand } from '../runtime/command-line.ts'
import { readConfig, serviceUrl } from '../runtime/config.ts'
import { createLogger } from '../runtime/logger.ts'
import { createDatabase } from '../runtime/postgres.ts'
import { createInvitations } from './identity/invitations.ts'
import { migrateIdentity } from './identity/migrations.ts'
import { createPasswordLinks } from './identity/password-links.ts'
import { createStanding } from './identity/standing.ts'
import { createUsers } from './identity/users.ts'
import { argument, isArgumentError, Unusable } from './user/arguments.ts'
import { makePerson } from './user/make-person.ts'
import { report } from './user/report.ts'

const help = `Makes a person in a workspace, and prints a one-time link with which the person sets a password.

  user --email <address> --role <${roles.join('|')}> [--name <name>] [--workspace <id>] [--link] [--password] [--json]

  --name <name>      default: what stands before the @
  --workspace <id>   not needed while there is one workspace alone
  --link             a new link for a person who is there already
  --password         read a password from standard input, and set it instead of printing a link
  --json             one JSON object instead of the table
  --help             this text

The services must be running. A link holds for seven days, a new one for 24 hours, and each is used once.
`

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      email: { type: 'string' },
      role: { type: 'string' },
      name: { type: 'string' },
      workspace: { type: 'string' },
      link: { type: 'boolean', default: false },
      password: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  const email = argument('--email', Email, values.email)
  const wish = {
    email,
    role: argument('--role', Role, values.role ?? (values.link ? 'agent' : undefined)),
    name: argument('--name', Name, values.name ?? email.split('@')[0]),
    workspaceId:
      values.workspace === undefined ? undefined : argument('--workspace', Id, values.workspace.toLowerCase()),
    link: values.link,
    password: values.password ? argument('The password', NewPassword, await standardInput()) : undefined,
  }

  const config = readConfig()
  if (config.goTrueUrl !== undefined) {
    throw new Unusable(
      'People are kept by the GoTrue of GOTRUE_URL: make them there, then POST /api/agents with the id.',
    )
  }
  const logger = createLogger({ logLevel: 'silent' }, 'user')
  const database = createDatabase(config, { name: 'user', connections: 2 })
  try {
    await migrateIdentity(database)
    const commandApi = { url: serviceUrl(config, 'commandApi'), tokens: createInternalTokens(config.internalSecret) }
    const { publicUrl, idSecret } = config
    const users = createUsers(database)
    const standing = createStanding(commandApi, logger)
    const links = createPasswordLinks(database, { publicUrl })
    const invitations = createInvitations({ users, links, standing, commandApi, idSecret })
    const made = await makePerson({ users, invitations }, wish)
    process.stdout.write(values.json ? `${JSON.stringify(made)}\n` : report(made))
    return 0
  } finally {
    await database.destroy()
  }
}

/** One line: what ends it is not part of the password. */
async function standardInput(): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '')
}

await runCommand(main, (error) => error instanceof Unusable || error instanceof Rejection || isArgumentError(error))
