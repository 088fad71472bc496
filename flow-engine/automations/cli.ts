import { lookAfterQueue } from '../dead-letters.ts'
import { queueName } from './job.ts'

const help = `Looks after the runs of automations that could not even be begun, and that nobody tries any more. An action that
fails is none of them: its run ends, and says so (GET /api/automations/{id}/runs).

  [list]            which there are, and why
  retry [ID …]      try these again; without ids, or with "all", all of them
  discard ID …|all  forget these tries: since the runs have not ended, they come again within some minutes

  --json    answer in JSON
  --help    this

They are kept for a week.
`

await lookAfterQueue({
  queue: queueName,
  noun: 'run',
  help,
  heads: ['automation', 'conversation', 'trigger'],
  row: ({ data }) => [String(data.automationId), String(data.conversationId), String(data.trigger)],
})
