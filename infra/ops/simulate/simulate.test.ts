import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Counting } from './tally.ts'

const run = promisify(execFile)
const concierge = 'examples/flows/concierge.json'
const visitor = (...texts: string[]) => texts.map((text) => ({ from: 'visitor', text }))
const transcripts = [
  { id: 'books', turns: visitor('A table at a restaurant', 'San Jose', 'Sounds good.') },
  { id: 'clicks', turns: visitor('a flight', 'Oslo', 'YES') },
  { id: 'wavers', turns: visitor('A hotel', 'Oslo', 'hm', 'who knows', 'perhaps') },
  { id: 'else', turns: visitor('What will the weather be?') },
  { id: 'leaves', turns: [...visitor('hotel'), { from: 'agent', text: 'Where?' }] },
]

describe('make simulate', () => {
  let folder = ''
  let file = ''
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-simulate-'))
    file = join(folder, 'transcripts.jsonl')
    await writeFile(file, transcripts.map((one) => `${JSON.stringify(one)}\n`).join(''))
  })
  after(() => rm(folder, { recursive: true }))

  const simulate = (...args: string[]) =>
    run(process.execPath, ['--import', 'tsx', 'infra/ops/simulate/main.ts', ...args], { timeout: 60_000 })

  it('tells what would become of recorded conversations in the example flow', async () => {
    const { stdout } = await simulate('--flow', concierge, '--file', file, '--json', '--show', '1')
    const { outcomes, misses, nodes, transcripts: shown } = JSON.parse(stdout)
    assert.deepEqual(outcomes, [
      { outcome: 'handed_over', why: 'handover', conversations: 3 },
      { outcome: 'handed_over', why: 'misses', conversations: 1 },
      { outcome: 'waiting', why: 'for a reply at which-city', conversations: 1 },
    ])
    assert.equal(misses, 3)
    assert.deepEqual(
      nodes[0].left.map(({ trigger, times }: { trigger: string; times: number }) => [trigger, times]),
      [
        ['any', 2],
        ['button_click', 2],
        ['button_click', 1],
      ],
    )
    assert.equal(shown.length, 1)
  })

  it('counts a run at the node at which it ended, also where that had nothing to say', () => {
    const ways = { version: null, steps: 2, misses: 0, transcript: [] }
    const began = { node: 'a', edge: 'e', trigger: 'any' }
    const stood = (node: string) => ({ node, edge: null, trigger: null })
    const counting = new Counting()
    counting.add({ ...ways, outcome: 'failed', why: 'empty-text', path: [began, stood('b')] })
    counting.add({ ...ways, outcome: 'completed', why: 'end', path: [began, stood('b')] })
    counting.add({ ...ways, outcome: 'failed', why: 'too-many-steps', path: [began] })
    const { nodes } = counting.tally(['a', 'b'])
    assert.deepEqual(
      nodes.map(({ node, entered, stayed }) => [node, entered, stayed]),
      [
        ['a', 3, 0],
        ['b', 2, 1],
      ],
    )
  })

  it('shows people a table', async () => {
    const { stdout } = await simulate('--flow', concierge, '--file', file, '--limit', '2')
    assert.match(stdout, /Concierge: 2 conversations, 6 replies heard, 0 that matched nothing/)
    assert.match(stdout, /handed_over {2}handover {2}2 +100\.0 %/)
  })

  it('says what is wrong with a flow, and which line is no transcript', async () => {
    const flow = join(folder, 'flow.json')
    const nodes = [{ id: 'a', type: 'dance' }]
    await writeFile(
      flow,
      JSON.stringify({ name: 'Bad', start_template: null, templates: [], flow_data: { nodes, edges: [] } }),
    )
    await assert.rejects(simulate('--flow', flow, '--file', file), /nodes\/0\/type type must be one of/)
    await assert.rejects(
      simulate('--flow', join(folder, 'none.json'), '--file', file),
      /no file ".*none.json".*id of a flow/s,
    )
    await assert.rejects(simulate('--flow', concierge, '--file', flow), /line 1/)
    await assert.rejects(simulate('--flow', concierge), /Say which conversations/)
    const empty = join(folder, 'empty.jsonl')
    await writeFile(empty, '')
    await assert.rejects(simulate('--flow', concierge, '--file', empty), /There are no conversations in .*empty.jsonl/)
  })
})
