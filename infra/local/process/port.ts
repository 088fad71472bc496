import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'

export async function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    )
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/**
 * Ports that nobody listens on. They lie below the range from which systems take ports for outgoing connections,
 * so that nobody gets one by chance while the process that it belongs to is being restarted.
 */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>()
  for (let attempt = 0; found.size < count; attempt++) {
    if (attempt > 1000) throw new Error('No free ports from 15000 to 32000.')
    const port = randomInt(15_000, 32_000)
    if (await isFree(port)) found.add(port)
  }
  return [...found]
}

/** Who listens on the port, in words such as "process 42 (redis-server)"; undefined when this user may not know. */
export function holderOf(port: number): string | undefined {
  const pid = process.platform === 'linux' ? pidFromProc(port) : pidFromLsof(port)
  if (pid === undefined) return undefined
  const { stdout } = spawnSync('ps', ['-o', 'comm=', '-p', String(pid)], { encoding: 'utf8' })
  const command = process.platform === 'linux' ? readFileSync(`/proc/${pid}/comm`, 'utf8') : (stdout ?? '')
  return `process ${pid} (${command.trim()})`
}

function pidFromLsof(port: number): number | undefined {
  const { stdout } = spawnSync('lsof', ['-t', `-iTCP:${port}`, '-sTCP:LISTEN'], { encoding: 'utf8' })
  return Number.parseInt(stdout ?? '', 10) || undefined
}

function pidFromProc(port: number): number | undefined {
  const sockets = new Set(['tcp', 'tcp6'].flatMap((table) => listening(table, port)))
  if (sockets.size === 0) return undefined
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) => holds(pid, sockets))
}

/** Rows of /proc/net/tcp: local address:port in hex at 1, state at 3 (0A is LISTEN), inode at 9. */
function listening(table: string, port: number): string[] {
  const hex = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return readFileSync(`/proc/net/${table}`, 'utf8')
    .split('\n')
    .map((row) => row.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(hex) && fields[3] === '0A')
    .map((fields) => `socket:[${fields[9]}]`)
}

function holds(pid: number, sockets: Set<string>): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => sockets.has(readlinkSync(`/proc/${pid}/fd/${fd}`)))
  } catch (error) {
    // Processes come and go while we look, and others' descriptors are not ours to see.
    if (error instanceof Error && 'code' in error) return false
    throw error
  }
}
