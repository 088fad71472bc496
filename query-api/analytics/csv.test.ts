import assert from 'node:assert/strict'
import type { Analytics } from '../../schemas/analytics.ts'
import { csvOf } from './csv.ts'

const nobody = { mean: null, n: 0 }
const analytics: Analytics = {
  days: 1,
  timeZone: 'UTC',
  from: '2026-01-15T00:00:00.000Z',
  to: '2026-01-16T00:00:00.000Z',
  totals: { started: 2, resolved: 1, active: 1, messages: { visitor: 3, agent: 1, ai: 0, bot: 0, system: 0 } },
  series: [
    {
      date: '2026-01-15',
      started: 2,
      resolved: 1,
      messages: { visitor: 3, agent: 1, ai: 0, bot: 0, system: 0 },
    },
  ],
  firstResponse: { ...nobody, p50: null, p90: null },
  automaticResponse: nobody,
  reply: nobody,
  resolution: { mean: 1.5, p50: 1.5, p90: 1.5, n: 1 },
  byAgent: [
    {
      agentId: 'a',
      name: '@SUM(1,2)',
      messages: 1,
      resolved: 1,
      firstResponse: nobody,
      reply: { mean: 0.25, n: 1 },
      resolution: { mean: 1.5, n: 1 },
      csat: { average: 4.5, n: 2 },
    },
  ],
  byChannel: [],
  bySource: [],
  byTag: ['=1+1', '+49', '-2', '@x', 'a "b",\nc'].map((tag) => ({ tag, resolved: 1, resolution: nobody })),
  csat: { average: 4.5, n: 2, scores: { 1: 0, 2: 0, 3: 0, 4: 1, 5: 1 } },
  heatmap: Array.from({ length: 7 }, (_, day) => Array.from({ length: 24 }, (_, hour) => day * 24 + hour)),
}

describe('analytics as CSV', () => {
  const lines = (table: Parameters<typeof csvOf>[1]) => csvOf(analytics, table).split('\r\n')

  it('have a line of names, then one a row', () => {
    assert.deepEqual(lines('series'), [
      'date,started,resolved,visitorMessages,agentMessages,aiMessages,botMessages,systemMessages',
      '2026-01-15,2,1,3,1,0,0,0',
      '',
    ])
    const [names, monday, ...others] = lines('heatmap')
    assert.match(names ?? '', /^weekday,0:00,1:00,.*,23:00$/)
    assert.equal(monday, `Monday,${Array.from({ length: 24 }, (_, hour) => hour).join(',')}`)
    assert.equal(others.length, 7)
  })

  it('hold nothing that a spreadsheet would take for a formula', () => {
    assert.deepEqual(lines('tags').slice(1, 6), ["'=1+1,1,", "'+49,1,", "'-2,1,", "'@x,1,", '"a ""b"",\nc",1,'])
    assert.equal(lines('agents')[1], `a,"'@SUM(1,2)",1,1,,0,0.25,1,1.5,4.5,2`)
  })

  it('have their names where nothing happened', () => {
    for (const table of ['channels', 'sources'] as const) assert.equal(lines(table).length, 2)
  })
})
