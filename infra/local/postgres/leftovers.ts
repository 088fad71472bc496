import { existsSync, readdirSync, readFileSync, readlinkSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { end, type Identity, identify } from '../process/identity.ts'

/**
 * Ends what still works on the cluster although nobody keeps it: a postmaster of an earlier run, or backends whose
 * postmaster was killed, which hold its shared memory and so keep the next one from starting.
 * A process is ours when it is a postgres whose working folder is the cluster.
 */
export async function endLeftovers(cluster: string): Promise<void> {
  const pidFile = join(cluster, 'postmaster.pid')
  const postmaster = existsSync(pidFile) ? Number.parseInt(readFileSync(pidFile, 'utf8'), 10) : undefined
  const running = process.platform === 'linux' ? workingIn(cluster) : []
  const master = running.find(({ pid }) => pid === postmaster)
  if (master !== undefined) await end(master, 'SIGINT', 10_000)
  await Promise.all(running.map((orphan) => end(orphan, 'SIGQUIT', 2000)))
  // The id in a stale file may belong to a stranger by now, for whom Postgres would wait. Our own, as seen above, are gone.
  const stranger = process.platform === 'linux' && postmaster !== undefined && identify(postmaster) !== undefined
  if (stranger && existsSync(pidFile)) unlinkSync(pidFile)
}

function workingIn(cluster: string): Identity[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && isPostgresIn(name, cluster))
    .map((name) => identify(Number(name)))
    .filter((identity) => identity !== undefined)
}

function isPostgresIn(pid: string, cluster: string): boolean {
  try {
    return (
      readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('postgres') && readlinkSync(`/proc/${pid}/cwd`) === cluster
    )
  } catch (error) {
    // It ended while we looked, or it belongs to another user and so is not ours.
    if (error instanceof Error && 'code' in error) return false
    throw error
  }
}
