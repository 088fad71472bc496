import { type Binding, bind } from '../../infra/runtime/http/binding.ts'
import { originAllowed } from '../../infra/runtime/http/origins.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { widgetRoutes as routes } from '../../schemas/widget/routes.ts'
import { ownWorkspace, workspaceOf } from '../visibility.ts'
import { publicWidgetById, widgetById, widgetsOf } from '../widgets/widgets.query.ts'
import type { Sources } from './asked.ts'

/** Reads of widgets. */
export function widgetBindings({ reader, positions, now }: Sources, publicUrl: string): Binding[] {
  return [
    bind(routes.list, async ({ caller, waitFor }) => {
      await positions.passed(['directory'], waitFor)
      return { status: 200, body: await widgetsOf(reader, ownWorkspace(caller), publicUrl) }
    }),

    bind(routes.get, async ({ caller, params, waitFor }) => {
      await positions.passed(['directory'], waitFor)
      const found = await widgetById(reader, ownWorkspace(caller), params.id, publicUrl)
      if (found === undefined) throw notFound()
      return { status: 200, body: found.widget, revision: found.revision }
    }),

    bind(routes.getPublic, async ({ caller, params, headers, waitFor }) => {
      await positions.passed(['directory'], waitFor)
      const found = await publicWidgetById(reader, params.id, now())
      const own = workspaceOf(caller)
      if (found === undefined || (own !== undefined && own !== found.workspaceId)) throw notFound()
      if (own === undefined && !originAllowed(found.allowedOrigins, headers.origin)) {
        throw new Rejection('forbidden', 'Pages of this origin may not show this widget.')
      }
      return { status: 200, body: found.widget }
    }),
  ]
}

function notFound(): Rejection {
  return new Rejection('not-found', 'There is no such widget.')
}
