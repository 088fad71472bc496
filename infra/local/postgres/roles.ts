import pg from 'pg'
import { SUPERUSER } from './cluster.ts'

/** Host, port and credentials of the superuser of the embedded cluster. */
export interface Superuser {
  port: number
  password: string
}

/**
 * Makes the database and its two roles what the two URLs say: the owner, who may create schemas, and a login that can
 * only read. What the latter may read, the migrations grant.
 */
export async function settleRoles(superuser: Superuser, ownerUrl: string, readerUrl: string): Promise<void> {
  const owner = loginOf(ownerUrl)
  const reader = loginOf(readerUrl)
  await asSuperuser(superuser, 'postgres', async (client) => {
    await settleRole(client, owner, 'CREATEDB')
    await settleRole(client, reader, 'NOCREATEDB')
    const name = client.escapeIdentifier(owner.database)
    const ownerName = client.escapeIdentifier(owner.user)
    const readerName = client.escapeIdentifier(reader.user)
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [owner.database])
    if (found.rowCount === 0) {
      await client.query(`CREATE DATABASE ${name} OWNER ${ownerName} ENCODING 'UTF8' TEMPLATE template0`)
    }
    await client.query(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`)
    await client.query(`GRANT CONNECT ON DATABASE ${name} TO ${readerName}`)
    if (reader.user !== owner.user)
      await client.query(`ALTER ROLE ${readerName} SET default_transaction_read_only = on`)
  })
}

export function asSuperuser<T>(
  { port, password }: Superuser,
  database: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  return connected(
    { host: '127.0.0.1', port, user: SUPERUSER, password, database, connectionTimeoutMillis: 3000 },
    work,
  )
}

async function connected<T>(settings: pg.ClientConfig, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(settings)
  // The server may die at any moment; what was asked of it fails by itself, so the event adds nothing.
  let lost: Error | undefined
  client.on('error', (error) => {
    lost = error
  })
  await client.connect()
  try {
    return await work(client)
  } finally {
    if (lost === undefined) await client.end()
  }
}

async function settleRole(client: pg.Client, { user, password }: Login, rights: string): Promise<void> {
  const name = client.escapeIdentifier(user)
  const found = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [user])
  const verb = found.rowCount === 0 ? 'CREATE' : 'ALTER'
  await client.query(`${verb} ROLE ${name} LOGIN ${rights} PASSWORD ${client.escapeLiteral(password)}`)
}

interface Login {
  user: string
  password: string
  database: string
}

function loginOf(url: string): Login {
  const { username, password, pathname } = new URL(url)
  return {
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
  }
}
