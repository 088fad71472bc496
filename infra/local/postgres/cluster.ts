import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StackError } from '../stack-error.ts'
import { type Binaries, packageVersion } from './binaries.ts'
import type { Location } from './location.ts'
import { copyTemplate, keepTemplate, templateFolder } from './template.ts'

export const SUPERUSER = 'postgres'

const SECRET = 'superuser.secret'
const LOGIN_RULES = ['local all all reject', 'host all all 127.0.0.1/32 scram-sha-256']

// The built-in locale sorts the same on every machine, whatever its C library.
const LOCALE = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
const MADE_WITH = [`--username=${SUPERUSER}`, '--auth=trust', ...LOCALE]

/**
 * Creates the cluster at the first start, and a password for its superuser, which is kept beside it. One that is
 * disposable is a copy of the first such, and shares its password.
 */
export function prepareCluster(binaries: Binaries, location: Location, { disposable }: { disposable: boolean }): void {
  const { cluster, home, user } = location
  const secretFile = join(home, SECRET)
  const isNew = !existsSync(cluster)
  const template = templateFolder([process.platform, process.arch, packageVersion(), ...MADE_WITH])
  if (isNew) {
    rmSync(secretFile, { force: true })
    if (!disposable || !copyTemplate(template, location, secretFile)) create(binaries, location)
  }
  const rules = join(cluster, 'pg_hba.conf')
  writeFileSync(rules, `${LOGIN_RULES.join('\n')}\n`)
  if (user !== undefined) chownSync(rules, user.uid, user.gid)
  if (!existsSync(secretFile)) giveSecret(binaries, location, secretFile)
  if (isNew && disposable) keepTemplate(template, location, secretFile)
}

export function readSecret(home: string): string {
  return readFileSync(join(home, SECRET), 'utf8').trim()
}

/** The folder takes its name only when it is complete, so that an interrupted creation leaves nothing that looks like a cluster. */
function create(binaries: Binaries, location: Location): void {
  const partial = `${location.cluster}.partial`
  rmSync(partial, { recursive: true, force: true })
  run(location, binaries.initdb, ['-D', partial, ...MADE_WITH])
  renameSync(partial, location.cluster)
}

/** In single-user mode, for which there is no password to know yet. */
function giveSecret(binaries: Binaries, location: Location, secretFile: string): void {
  const password = randomBytes(24).toString('hex')
  const statement = `ALTER ROLE ${SUPERUSER} PASSWORD '${password}'\n`
  run(location, binaries.postgres, ['--single', '-j', '-D', location.cluster, 'postgres'], `${statement}\n`)
  writeFileSync(`${secretFile}.new`, `${password}\n`, { mode: 0o600 })
  renameSync(`${secretFile}.new`, secretFile)
}

function run({ user, home }: Location, command: string, args: string[], input = ''): void {
  const as = user === undefined ? {} : { uid: user.uid, gid: user.gid }
  const env = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }
  const { status, stdout, stderr, error } = spawnSync(command, args, { ...as, cwd: home, env, input, encoding: 'utf8' })
  if (error !== undefined) throw new StackError(`${command} cannot be run: ${error.message}`)
  if (status !== 0 || /^\S* ?(ERROR|FATAL):/m.test(stderr)) {
    throw new StackError(`${command} failed (exit code ${status}): ${stderr.trim() || stdout.trim()}`)
  }
}
