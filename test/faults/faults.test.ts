import assert from 'node:assert/strict'
import { transcriptFile } from '../transcript-file.ts'
import { temporaryFolder } from '../workplace.ts'
import { trial } from './trial.ts'

/** The short form; `make test-faults KILLS=50` is the long one. */
describe('killing any process at any moment', function () {
  this.timeout(240_000)

  it('loses, doubles and reorders nothing that was acknowledged', async () => {
    const dataDir = temporaryFolder()
    const lines: string[] = []
    const say = (line: string) => lines.push(line)
    const result = await trial({ dataDir, file: transcriptFile(dataDir), kills: 16, round: 60, say })
    const told = `${lines.join('\n')}\n${JSON.stringify(result, null, 2)}`
    assert(result.acknowledged.messages > 0 && result.sockets.frames > 0 && result.sockets.reconnects > 0, told)
    assert.deepEqual(result.wrongInLog, [], told)
    assert.deepEqual(result.wrongInApi, [], told)
    assert.deepEqual(result.sockets.wrong, [], told)
    assert.deepEqual(result.wrongProjections, [], told)
    assert(result.verified, told)
  })
})
