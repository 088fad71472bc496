import { type Binding, bind } from '../../infra/runtime/http/binding.ts'
import { analyticsQueries } from '../../schemas/analytics.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { analytics } from '../analytics/analytics.query.ts'
import { csvOf } from '../analytics/csv.ts'
import { figureEvents, placeOf } from '../analytics/events.query.ts'
import { wantedOf } from '../page.ts'
import { dayOn } from '../statistics/calendar.ts'
import { timeZoneOf } from '../statistics/time-zone.ts'
import { ownWorkspace } from '../visibility.ts'
import type { Sources } from './asked.ts'

/** The figures of document D, and what they rest on. */
export function analyticsBindings({ reader, positions, now }: Sources): Binding[] {
  return [
    bind(analyticsQueries.analytics, async ({ caller, query, waitFor }) => {
      const { days = 30, format, table = 'series' } = query
      const workspaceId = ownWorkspace(caller)
      await positions.passed(['statistics', 'directory'], waitFor)
      const figures = await analytics(reader, { workspaceId, now: now(), days })
      if (format !== 'csv') return { status: 200, body: figures }
      return {
        status: 200,
        content: { type: 'text/csv; charset=utf-8', text: csvOf(figures, table) },
        headers: { 'Content-Disposition': `attachment; filename="analytics-${table}-${days}-days.csv"` },
      }
    }),

    bind(analyticsQueries.events, async ({ caller, query, waitFor }) => {
      const { figure, date, agentId, channel } = query
      const workspaceId = ownWorkspace(caller)
      const wanted = wantedOf(query, 50, placeOf)
      await positions.passed(['statistics', 'directory'], waitFor)
      const day = dayOn(date, await timeZoneOf(reader, workspaceId))
      if (day === undefined) throw noDay()
      const drill = { workspaceId, figure, day, agentId, channel }
      return { status: 200, body: await figureEvents(reader, drill, wanted) }
    }),
  ]
}

function noDay(): Rejection {
  const message = 'date must be a day of the years 1970 to 9999, as YYYY-MM-DD'
  return new Rejection('validation', message, [{ path: 'date', message }])
}
