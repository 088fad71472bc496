import type { Measure } from '../../projectors/statistics/fold.ts'
import type { SumRow } from '../statistics/sums.ts'
import type { HourRow } from './heatmap.ts'
import type { BlockRow, EdgeRow } from './percentiles.ts'

export const senderMeasures = [
  'visitorMessages',
  'agentMessages',
  'aiMessages',
  'botMessages',
  'systemMessages',
] as const
export const scoreMeasures = ['rated1', 'rated2', 'rated3', 'rated4', 'rated5'] as const
const means = ['resolved', 'durationMs', 'replies', 'replyMs', 'firstResponses', 'firstResponseMs'] as const

/** Which sums each part of the analytics needs. */
export const seriesMeasures = ['opened', 'resolved', ...senderMeasures] as const
export const trafficMeasures = ['opened', ...senderMeasures, ...means, ...scoreMeasures] as const
export const totalMeasures = [...trafficMeasures, 'automaticResponses', 'automaticResponseMs'] as const
export const agentMeasures = ['agentMessages', ...means, ...scoreMeasures] as const
export const tagMeasures = ['resolved', 'durationMs'] as const

type Sums<Measures extends readonly Measure[]> = SumRow<Measures[number]>

/** What the analytics are made of: the rows of each part. */
export type Rows = {
  series: Sums<typeof seriesMeasures>
  totals: Sums<typeof totalMeasures>
  agents: Sums<typeof agentMeasures>
  channels: Sums<typeof trafficMeasures>
  sources: Sums<typeof trafficMeasures>
  tags: Sums<typeof tagMeasures>
  /** Of agents, widgets and channels. */
  names: { id: string; name: string }
  active: { active: number }
  blocks: BlockRow
  edges: EdgeRow
  hours: HourRow
}
export type Read = { readonly [Name in keyof Rows]: readonly Rows[Name][] }
