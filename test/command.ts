import { spawn } from 'node:child_process'
import type { Stack } from '../infra/local/stack.ts'

/** Runs a built command with the stack's settings; gives its output, or throws with it. */
export function run(stack: Stack, entry: string, ...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [`dist/${entry}`, ...args], {
      env: stack.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    let errors = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    child.stderr.on('data', (chunk) => {
      errors += chunk
    })
    child.on('close', (code) => {
      if (code === 0) resolve(output)
      else reject(new Error(`${entry} ended with ${code}: ${errors}${output}`))
    })
  })
}
