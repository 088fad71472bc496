import { type Binding, bind } from '../../infra/runtime/http/binding.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { workspaceQueries as routes } from '../../schemas/workspace/routes.ts'
import { settingsOf } from '../settings/settings.query.ts'
import { ownWorkspace } from '../visibility.ts'
import type { Sources } from './asked.ts'

/** What the workspace is set to. */
export function settingsBindings({ reader, positions }: Sources): Binding[] {
  return [
    bind(routes.settings, async ({ caller, waitFor }) => {
      await positions.passed(['directory'], waitFor)
      const found = await settingsOf(reader, ownWorkspace(caller))
      if (found === undefined) throw new Rejection('not-found', 'There is no such workspace.')
      return { status: 200, body: found.workspace, revision: found.revision }
    }),
  ]
}
