import { parseArgs } from 'node:util'
import { transcriptFile } from '../transcript-file.ts'
import { temporaryFolder } from '../workplace.ts'
import { trial } from './trial.ts'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) {
  process.stdout.write(
    'Kills processes at random while transcripts are imported, and counts what is lost.\n\n  make test-faults KILLS=50 [JSON=1]\n',
  )
} else {
  const kills = Number(values.kills)
  if (!Number.isInteger(kills) || kills < 1) throw new Error('--kills must be a whole number from 1')
  const dataDir = temporaryFolder()
  const say = (line: string) => void (values.json || process.stderr.write(`${line}\n`))
  const result = await trial({ dataDir, file: transcriptFile(dataDir), kills, round: 200, say })
  process.stdout.write(`${JSON.stringify(result, null, values.json ? 0 : 2)}\n`)
  const wrong = [result.wrongInLog, result.wrongInApi, result.sockets.wrong, result.wrongProjections].flat()
  process.exitCode = wrong.length === 0 && result.verified ? 0 : 1
}
