import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A built service in small: answers /readyz on the port of a setting, and stops on SIGTERM. */
export function fakeService(portSetting: string): string {
  return script(`
    import { createServer } from 'node:http'
    const server = createServer((request, response) => response.end('ok'))
    server.listen(Number(process.env.${portSetting}), '127.0.0.1')
    console.log(JSON.stringify({ level: 30, msg: 'listening', shard: process.env.PROJECTOR_SHARD }))
    process.on('SIGTERM', () => process.exit(0))
  `)
}

/** A service that dies as soon as it has started. */
export function brokenService(): string {
  return script(`console.error('the sky is falling'); process.exit(3)`)
}

function script(source: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'parley-fake-')), 'main.mjs')
  writeFileSync(file, source)
  return file
}
