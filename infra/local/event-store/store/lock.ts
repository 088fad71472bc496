import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import process from 'node:process'

/** Another server is using the data directory. */
export class DataDirLocked extends Error {}

export type DataDirLock = { release(): Promise<void> }

/**
 * Makes sure that one server at a time uses a data directory. On Linux the lock is an abstract socket named after the
 * directory's inode: the kernel gives it to one process only, and takes it back however that process ends. Elsewhere
 * it is the pid file, which also tells people who holds the lock.
 */
export async function lockDataDir(dataDir: string): Promise<DataDirLock> {
  const pidFile = join(dataDir, 'server.pid')
  const socket = process.platform === 'linux' ? await holdSocket(dataDir, pidFile) : undefined
  if (!socket && isRunning(readPid(pidFile))) throw locked(dataDir, pidFile)
  writeFileSync(pidFile, `${process.pid}\n`)
  return {
    async release() {
      rmSync(pidFile, { force: true })
      if (socket) await new Promise((resolve) => socket.close(resolve))
    },
  }
}

function holdSocket(dataDir: string, pidFile: string): Promise<Server> {
  const { dev, ino } = statSync(dataDir)
  return new Promise((resolve, reject) => {
    const server = createServer((connection) => connection.destroy())
    server.unref()
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? locked(dataDir, pidFile) : error)
    })
    server.listen(`\0parley-event-store-${dev}-${ino}`, () => resolve(server))
  })
}

function locked(dataDir: string, pidFile: string): DataDirLocked {
  const pid = readPid(pidFile)
  return new DataDirLocked(`${dataDir} is in use by another event store${pid ? ` (process ${pid})` : ''}`)
}

function readPid(pidFile: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(pidFile, 'utf8'), 10) || undefined
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

function isRunning(pid: number | undefined): boolean {
  if (pid === undefined) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it runs, as another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
