import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { StackError } from '../stack-error.ts'

export interface OsUser {
  name: string
  uid: number
  gid: number
}

/**
 * Postgres refuses to run as root. Started as root, it runs as whoever owns the cluster already, else as `postgres`,
 * else as `nobody`. Undefined: not root, so it runs as we do.
 */
export function postgresUser(cluster: string): OsUser | undefined {
  if (process.getuid?.() !== 0) return undefined
  if (existsSync(cluster)) {
    const { uid, gid } = statSync(cluster)
    if (uid !== 0) return { name: `user ${uid}`, uid, gid }
  }
  const user = lookUp('postgres') ?? lookUp('nobody')
  if (user === undefined) {
    throw new StackError(
      'Postgres cannot run as root, and neither a user "postgres" nor "nobody" exists. Create one, or start as another user.',
    )
  }
  return user
}

/** Asked of the system as that user: modes, ACLs and mount options all count. */
export function mayDo(user: OsUser | undefined, command: string, ...args: string[]): boolean {
  const as = user === undefined ? {} : { uid: user.uid, gid: user.gid }
  return spawnSync(command, args, { ...as, cwd: '/', stdio: 'ignore' }).status === 0
}

function lookUp(name: string): OsUser | undefined {
  const uid = idOf('-u', name)
  const gid = idOf('-g', name)
  return uid === undefined || gid === undefined ? undefined : { name, uid, gid }
}

function idOf(which: '-u' | '-g', name: string): number | undefined {
  const { status, stdout } = spawnSync('id', [which, name], { encoding: 'utf8' })
  return status === 0 ? Number(stdout) : undefined
}
