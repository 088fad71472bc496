import { join, resolve } from 'node:path'
import { givenEnvironment } from '../runtime/config.ts'
import { endLeftovers } from './leftovers.ts'
import { end, recall } from './process/identity.ts'
import { projectRoot } from './project.ts'

/** `make stop`: asks the running stack to stop, and ends what one that was killed has left behind. */
const runDir = resolve(givenEnvironment().DATA_DIR ?? join(projectRoot(), 'data'), 'run')
const keeper = recall(join(runDir, 'stack.json'))
if (keeper !== undefined) {
  process.stdout.write(`Stopping Parley (process ${keeper.pid}) …\n`)
  await end(keeper, 'SIGTERM', 60_000)
}
const ended = await endLeftovers(runDir)
if (ended.length > 0) process.stdout.write(`Ended what an earlier run left behind: ${ended.join(', ')}\n`)
process.stdout.write(keeper === undefined && ended.length === 0 ? 'Parley does not run.\n' : 'Stopped.\n')
