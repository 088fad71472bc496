import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { delimiter, join } from 'node:path'
import { StackError } from '../stack-error.ts'
import type { Part } from './part.ts'

export interface RedisOptions {
  dataDir: string
  port: number
  /** Carries the password, if there is to be one. */
  url: string
  env: Record<string, string>
}

/** The system's redis-server, on the loopback only. It holds nothing that the log could not give again. */
export function redis({ dataDir, port, url, env }: RedisOptions): Part {
  const password = decodeURIComponent(new URL(url).password)
  const folder = join(dataDir, 'redis')
  const settings = [
    'bind 127.0.0.1',
    `port ${port}`,
    `dir ${JSON.stringify(folder)}`,
    'loglevel warning',
    'save ""',
    'appendonly yes',
    'appendfsync everysec',
    'maxmemory-policy noeviction',
    ...(password === '' ? [] : [`requirepass ${JSON.stringify(password)}`]),
  ]
  return {
    name: 'redis',
    host: '127.0.0.1',
    port,
    portSetting: 'REDIS_PORT',
    stopSignal: 'SIGTERM',
    async prepare() {
      const command = findRedis(env)
      if (command === undefined) {
        throw new StackError('redis-server is missing. Run "make setup", or install Redis by hand, or set REDIS_URL.')
      }
      mkdirSync(folder, { recursive: true })
      const file = join(folder, 'redis.conf')
      writeFileSync(file, `${settings.join('\n')}\n`, { mode: 0o600 })
      return { command, args: [file], cwd: folder, env }
    },
    probe: () => ping(port, password),
  }
}

/** Redis, or Valkey, which some systems have in its place. */
export function findRedis(env: Record<string, string>): string | undefined {
  const path = (env.PATH ?? '').split(delimiter)
  const folders = [...path, '/usr/local/bin', '/opt/homebrew/bin', '/usr/bin', '/usr/sbin'].filter(
    (folder) => folder !== '',
  )
  const candidates = ['redis-server', 'valkey-server'].flatMap((name) => folders.map((folder) => join(folder, name)))
  return candidates.find(isExecutable)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false
    throw error
  }
}

/** Inline commands of Redis' protocol; while it loads its data, it answers -LOADING. */
function ping(port: number, password: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 2000 })
    let answer = ''
    socket.on('connect', () => socket.write(`${password === '' ? '' : `AUTH ${JSON.stringify(password)}\r\n`}PING\r\n`))
    socket.on('data', (bytes) => {
      answer += bytes.toString()
      if (answer.includes('+PONG')) resolve()
      else if (/-\w+/.test(answer)) reject(new Error(`Redis answers ${answer.trim()}`))
      else return
      socket.destroy()
    })
    socket.on('timeout', () => socket.destroy(new Error('Redis does not answer')))
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('Redis closed the connection')))
  })
}
