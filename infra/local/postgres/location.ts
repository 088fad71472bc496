import { createHash } from 'node:crypto'
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, realpathSync, symlinkSync, unlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { StackError } from '../stack-error.ts'
import { SHARED_ROOT } from './binaries.ts'
import { mayDo, type OsUser, postgresUser } from './os-user.ts'

export interface Location {
  user: OsUser | undefined
  /** A folder that belongs to the user, for the cluster and for making it. */
  home: string
  /** PGDATA. */
  cluster: string
}

/**
 * `postgres/` in the data folder. When Postgres runs as a user who cannot come there, this is a link to a folder that
 * it can reach, below /var/lib/parley.
 */
export function locate(dataDir: string): Location {
  mkdirSync(dataDir, { recursive: true })
  const home = join(dataDir, 'postgres')
  const entry = lstatSync(home, { throwIfNoEntry: false })
  if (entry?.isSymbolicLink() && !existsSync(home)) unlinkSync(home)
  const user = postgresUser(join(home, 'cluster'))
  if (user !== undefined && !existsSync(home) && !mayDo(user, 'test', '-x', dataDir)) linkElsewhere(home)
  mkdirSync(home, { recursive: true, mode: 0o700 })
  const real = realpathSync(home)
  if (user !== undefined) chownSync(real, user.uid, user.gid)
  if (!mayDo(user, 'test', '-x', real, '-a', '-w', real)) {
    const who = user?.name ?? 'this user'
    throw new StackError(
      `Postgres runs as ${who}, who may not write to ${real}. Give it access, or choose another folder with DATA_DIR=….`,
    )
  }
  return { user, home: real, cluster: join(real, 'cluster') }
}

function linkElsewhere(home: string): void {
  const name = createHash('sha256')
    .update(realpathSync(dirname(home)))
    .digest('hex')
    .slice(0, 12)
  const elsewhere = join(SHARED_ROOT, 'data', name)
  mkdirSync(elsewhere, { recursive: true })
  for (const folder of [SHARED_ROOT, dirname(elsewhere), elsewhere]) chmodSync(folder, 0o755)
  symlinkSync(elsewhere, home)
}
