import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../../runtime/config.ts'
import { partsOf, START_ORDER } from '../parts/all-parts.ts'
import type { Part } from '../parts/part.ts'
import { recall } from '../process/identity.ts'
import { holderOf, isFree } from '../process/port.ts'
import { stackEnvironment } from '../stack-environment.ts'
import type { Finding } from './machine.ts'

/** Of every part: its port is free or its own, and when it runs, it answers. */
export async function runningChecks(config: Config, env: Record<string, string>): Promise<Finding[]> {
  const runDir = join(config.dataDir, 'run')
  const counts = {
    ...countOf(runDir, 'projectors', 'PROJECTOR_SHARDS'),
    ...countOf(runDir, 'realtime', 'REALTIME_INSTANCES'),
    ...countOf(runDir, 'flow-engine', 'FLOW_WORKERS'),
  }
  const environment = await stackEnvironment(config.dataDir, { ...env, ...counts }, 'configured')
  const external = new Set<string>(environment.external)
  const names = START_ORDER.flat().filter((name) => !external.has(name))
  const parts = names.flatMap((name) => partsOf(name, environment, {}))
  return Promise.all(parts.map((part) => examine(part, runDir)))
}

/** The stack may have been started with another number of processes than this environment says. */
function countOf(runDir: string, name: string, setting: string): Record<string, string> {
  if (!existsSync(runDir)) return {}
  const files = readdirSync(runDir).filter((file) => file.startsWith(`${name}-`) && /-\d+\.json$/.test(file))
  const running = files.filter((file) => recall(join(runDir, file))).length
  return running === 0 ? {} : { [setting]: String(running) }
}

async function examine(part: Part, runDir: string): Promise<Finding> {
  const check = `${part.name} (port ${part.port})`
  const running = recall(join(runDir, `${part.name}.json`))
  if (running === undefined) {
    if (await isFree(part.port, part.host)) return { check, ok: true, found: 'not running, port free' }
    const found = `port taken by ${holderOf(part.port) ?? 'another process'}`
    return { check, ok: false, found, mend: `End that, or choose another port with ${part.portSetting}=…` }
  }
  const found = `process ${running.pid}`
  try {
    await part.probe()
    return { check, ok: true, found: `${found}, ready` }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { check, ok: false, found: `${found}, not ready: ${why}`, mend: 'See its lines in the log of make run.' }
  }
}
