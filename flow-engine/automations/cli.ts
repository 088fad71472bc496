import { lookAfter } from '../dead-letters.ts'
import { queueName } from './job.ts'

const help = `Looks after the runs of automations that failed again and again, and that nobody tries any more. A webhook that
does not answer is none of them: its run ends, and says so (GET /api/automations/{id}/runs).

  [list]            which there are, and why
  retry [ID …]      try these again, or all
  discard ID …|all  forget these; they come again when flow-engine next starts

  --json    answer in JSON
  --help    this

They are kept for a week.
`

await lookAfter({
  queue: queueName,
  noun: 'run',
  help,
  heads: ['automation', 'conversation', 'trigger'],
  row: ({ data }) => [String(data.automationId), String(data.conversationId), String(data.trigger)],
})
