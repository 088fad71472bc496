import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../project.ts'
import { StackError } from '../stack-error.ts'
import type { Location } from './location.ts'

/**
 * Where a cluster as it is before its first start is kept, with its secret, for stacks that leave nothing behind: to
 * make one takes initdb half a second of work and much waiting for the disk, to copy one a tenth of that. What it was
 * made with is in its name.
 */
export function templateFolder(madeWith: readonly string[]): string {
  const name = createHash('sha256').update(madeWith.join('\n')).digest('hex').slice(0, 12)
  return join(projectRoot(), 'node_modules/.cache', `postgres-${name}`)
}

/** False when there is no template yet. The secret comes first, as a cluster that is there counts as complete. */
export function copyTemplate(template: string, { cluster, user }: Location, secretFile: string): boolean {
  if (!existsSync(template)) return false
  const partial = `${cluster}.partial`
  rmSync(partial, { recursive: true, force: true })
  run('cp', ['-R', join(template, 'cluster'), partial])
  if (user !== undefined) run('chown', ['-R', `${user.uid}:${user.gid}`, partial])
  copyFileSync(join(template, 'secret'), secretFile)
  renameSync(partial, cluster)
  return true
}

/** Keeps a cluster that has not been started yet, if nobody was first and the packages are ours to write to: it only saves time. */
export function keepTemplate(template: string, { cluster }: Location, secretFile: string): void {
  if (existsSync(template)) return
  const partial = `${template}.${process.pid}`
  try {
    mkdirSync(partial, { recursive: true, mode: 0o700 })
    run('cp', ['-R', cluster, join(partial, 'cluster')])
    copyFileSync(secretFile, join(partial, 'secret'))
    renameSync(partial, template)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
  }
  rmSync(partial, { recursive: true, force: true })
}

function run(command: string, args: string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  if (error !== undefined) throw new StackError(`${command} cannot be run: ${error.message}`)
  if (status !== 0) throw new StackError(`${command} failed (exit code ${status}): ${stderr.trim()}`)
}
