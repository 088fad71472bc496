import { lookAfterQueue } from '../dead-letters.ts'
import { queueName } from './job.ts'

const help = `Looks after the pushes that could not be sent, and that nobody tries any more.

  [list]            which there are, and why
  retry [ID …]      try these again; without ids, or with "all", all of them
  discard ID …|all  forget these

  --json    answer in JSON
  --help    this

They are kept for a week. A push whose message is older than a day is not sent any more.
`

await lookAfterQueue({
  queue: queueName,
  noun: 'push',
  help,
  heads: ['platform', 'conversation', 'message of'],
  row: ({ data }) => [String(data.platform), String(data.conversationId), String(data.at)],
})
