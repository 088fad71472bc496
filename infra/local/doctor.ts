import { join, resolve } from 'node:path'
import { ConfigError, givenEnvironment, readConfig } from '../runtime/config.ts'
import { type Finding, machineChecks } from './doctor/machine.ts'
import { runningChecks } from './doctor/running.ts'
import { optionsOf } from './options.ts'
import { projectRoot } from './project.ts'

const help = `Checks this machine and what runs on it.

  --json   one JSON object
`

/** `make doctor`: what is well and what is not, and how to mend it. Exit code 1 when something is not. */
async function doctor(): Promise<number> {
  const options = { json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } } as const
  const { values } = optionsOf({ options }, help)
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  const findings = await examine()
  const ok = findings.every((finding) => finding.ok)
  process.stdout.write(values.json ? `${JSON.stringify({ ok, checks: findings })}\n` : table(findings, ok))
  return ok ? 0 : 1
}

async function examine(): Promise<Finding[]> {
  const env = givenEnvironment()
  const chosen = { ...env, DATA_DIR: resolve(env.DATA_DIR ?? join(projectRoot(), 'data')) }
  try {
    const config = readConfig(chosen)
    return [...(await machineChecks(config, env)), ...(await runningChecks(config, env))]
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return [{ check: 'Settings', ok: false, found: 'cannot be used', mend: error.message }]
  }
}

function table(findings: Finding[], ok: boolean): string {
  const width = Math.max(...findings.map(({ check }) => check.length))
  const rows = findings.map((finding) => {
    const mend = finding.ok || finding.mend === undefined ? '' : `\n        ${' '.repeat(width)}→ ${finding.mend}`
    return `  ${finding.ok ? 'ok  ' : 'FAIL'}  ${finding.check.padEnd(width)}  ${finding.found}${mend}`
  })
  return `${rows.join('\n')}\n\n  ${ok ? 'All is well.' : 'Something needs mending: see above.'}\n`
}

process.exit(await doctor())
