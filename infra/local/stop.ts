import { join, resolve } from 'node:path'
import { givenEnvironment } from '../runtime/config.ts'
import { endLeftovers } from './leftovers.ts'
import { optionsOf } from './options.ts'
import { end, recall } from './process/identity.ts'
import { projectRoot } from './project.ts'

const help = `Stops what "make run" started with this data folder (DATA_DIR, else ./data), and what an earlier run left behind.\n`

/** `make stop`: asks the running stack to stop, and ends what one that was killed has left behind. */
async function stop(): Promise<void> {
  const runDir = resolve(givenEnvironment().DATA_DIR ?? join(projectRoot(), 'data'), 'run')
  const keeper = recall(join(runDir, 'stack.json'))
  if (keeper !== undefined) {
    process.stdout.write(`Stopping Parley (process ${keeper.pid}) …\n`)
    await end(keeper, 'SIGTERM', 60_000)
  }
  const ended = await endLeftovers(runDir)
  if (ended.length > 0) process.stdout.write(`Ended what an earlier run left behind: ${ended.join(', ')}\n`)
  process.stdout.write(keeper === undefined && ended.length === 0 ? 'Parley does not run.\n' : 'Stopped.\n')
}

const { values } = optionsOf({ options: { help: { type: 'boolean', default: false } } }, help)
if (values.help) process.stdout.write(help)
else await stop()
