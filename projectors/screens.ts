import { automationsProjection } from './automations/automations.ts'
import { directory } from './directory/directory.ts'
import { flowsProjection } from './flows/flows.ts'
import { inbox } from './inbox/inbox.ts'
import { messagesProjection } from './messages/messages.ts'
import type { Projection } from './projection.ts'
import { search } from './search/search.ts'
import { statistics } from './statistics/statistics.ts'

/** Every projection there is. */
export const projections: readonly Projection[] = [
  directory,
  inbox,
  messagesProjection,
  search,
  statistics,
  automationsProjection,
  flowsProjection,
]
