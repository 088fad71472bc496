import type { StepResult } from '../../../schemas/flow-run/events.ts'
import type { Simulation } from '../../../schemas/flow-run/resource.ts'
import type { Facts } from '../facts.ts'

/** An effect that was only told: what it would have shown, what it leaves behind, and what the run is told of it. */
export interface Pretended {
  facts: Facts
  lines: Simulation['transcript']
  result: StepResult
  variable: { name: string; value: string } | undefined
}
