import { checkDraft } from '../../flow-engine/domain/graph/read.ts'
import { gapsOf } from '../../flow-engine/domain/graph/templates.ts'
import { gapsIn } from '../../flow-engine/domain/graph/unset.ts'
import { folded } from '../../flow-engine/domain/text/folded.ts'
import { parseText } from '../../flow-engine/domain/text/variables.ts'
import { templateView } from '../../flow-engine/domain/views/template.ts'
import type { EventLog } from '../../infra/runtime/event-store/log.ts'
import { type Binding, bind, type Reply } from '../../infra/runtime/http/binding.ts'
import { type Service, serviceCall } from '../../infra/runtime/http/service-call.ts'
import type { FieldError } from '../../schemas/rejection.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { streamOf } from '../../schemas/streams.ts'
import type { TemplateButton, TemplateFacts } from '../../schemas/template/events.ts'
import { TemplateUses } from '../../schemas/template/resource.ts'
import { templateRoutes as routes } from '../../schemas/template/routes.ts'
import { draftOf, flow, latestOf } from '../domain/flow/flow.ts'
import { type TemplateCommand, type TemplateState, template } from '../domain/template/template.ts'
import type { Handle, Handled } from '../handle.ts'
import { ownWorkspace, recent } from './access.ts'
import { type AnyRequest, actorOf, askingOf, contextOf, derivedId } from './asking.ts'
import { refuseErrors } from './refuse.ts'

const mostUses = 1000
const mostProblems = 20

interface TemplateDoors {
  handle: Handle
  log: Pick<EventLog, 'head'>
  queryApi: Service
}

type TemplateRequest = AnyRequest & { params: { id: string }; ifMatch?: number; traceId: string }

/** Message templates, as admins make and change them (document E), and as our own services see them. */
export function templateBindings({ handle, log, queryApi }: TemplateDoors): Binding[] {
  const uses = serviceCall(queryApi, routes.uses, TemplateUses)

  /** Asks a template of the caller's workspace for something; one of another's is not found. */
  const change = async (
    request: TemplateRequest,
    action: string,
    command: TemplateCommand,
  ): Promise<Handled<TemplateState>> => {
    const { caller, params, ifMatch } = request
    const workspaceId = ownWorkspace(caller)
    const { state } = await handle.look(template, params.id, recent)
    if (state.status === 'none' || state.workspaceId !== workspaceId) throw notFound()
    const asking = askingOf(request, streamOf('template', params.id), action)
    const context = contextOf(asking, request, { workspaceId, actor: actorOf(caller, '') })
    return handle(template, params.id, command, context, { ifMatch })
  }

  const update = async (request: TemplateRequest & { body: Partial<TemplateFacts> }): Promise<Reply> => {
    refuseErrors(textErrors(request.body))
    if (request.body.body !== undefined) await refuseGaps(request, request.body.body)
    return answerOf(200, await change(request, 'update', { type: 'UpdateTemplate', changes: request.body }))
  }

  const usesFor = async ({ caller, params, traceId }: TemplateRequest, query: { active?: boolean; limit?: number }) => {
    const workspaceId = ownWorkspace(caller)
    const { body } = await uses({
      caller: { kind: 'system', id: 'command-api', workspaceId },
      params: { id: workspaceId, templateId: params.id },
      query,
      waitFor: await log.head(),
      traceId,
    })
    return body.data
  }

  /** Versions send their templates as they are now: what they could not have been activated with, they may not be given later. */
  const refuseGaps = async (request: TemplateRequest, body: string): Promise<void> => {
    if (gapsIn(body, new Set()).length === 0) return
    const { state } = await handle.look(template, request.params.id, recent)
    const isOurs = state.status === 'active' && state.workspaceId === ownWorkspace(request.caller)
    if (!isOurs || state.facts.body === body) return
    const senders = await usesFor(request, { active: true, limit: mostUses })
    const errors: FieldError[] = []
    for (const { id, name } of senders) {
      if (errors.length >= mostProblems) break
      const known = await handle.look(flow, id, 0)
      const latest = known.state.status === 'there' && known.state.active ? latestOf(known.state) : undefined
      if (latest === undefined) continue
      const draft = draftOf(latest.draft)
      const gaps = gapsOf(state.id, { body }, checkDraft(draft.flowData, draft).nodes)
      errors.push(...gaps.map((written) => ({ path: '/body', message: gapMessage(name, written) })))
    }
    refuseErrors(errors)
  }

  /** A flow that is made to send it at this very moment finds out when it comes to it. */
  const refuseUsed = async (request: TemplateRequest): Promise<void> => {
    const flows = await usesFor(request, {})
    if (flows.length === 0) return
    const names = flows.map(({ name }) => name).join(', ')
    throw new Rejection('template-in-use', `Flows send this template: ${names}. Take it out of them first.`)
  }

  return [
    bind(routes.create, async (request) => {
      const { caller, body } = request
      refuseErrors(textErrors(body))
      const workspaceId = ownWorkspace(caller)
      const asking = askingOf(request, `${workspaceId}:templates`, 'create')
      const templateId = derivedId(asking.commandId, 'template')
      const context = contextOf(asking, request, { workspaceId, actor: actorOf(caller, '') })
      const facts = { buttons: [], whatsapp: null, ...body }
      return answerOf(201, await handle(template, templateId, { type: 'CreateTemplate', templateId, facts }, context))
    }),

    bind(routes.update, update),
    bind(routes.patch, update),

    bind(routes.remove, async (request) => {
      const { state } = await handle.look(template, request.params.id, recent)
      if (state.status === 'active' && state.workspaceId === ownWorkspace(request.caller)) await refuseUsed(request)
      const { position } = await change(request, 'delete', { type: 'DeleteTemplate' })
      return { status: 204, position }
    }),

    bind(routes.internal, async ({ caller, params }) => {
      const { state, revision } = await handle.look(template, params.id, recent)
      const own = caller.kind === 'system' ? caller.workspaceId : undefined
      if (state.status === 'none' || (own !== undefined && own !== state.workspaceId)) throw notFound()
      const { id, workspaceId, status, facts } = state
      return { status: 200, body: { id, workspaceId, deleted: status === 'deleted', ...facts }, revision }
    }),
  ]
}

const gapMessage = (flow: string, written: string) =>
  `body shows {{${written}}}, which nothing in the active flow ${flow} sets: set it there first and activate that, or give it a default, {{${written} | …}}`

function answerOf(status: number, { state, revision, position }: Handled<TemplateState>): Reply {
  if (state.status === 'none') throw notFound()
  return { status, body: templateView(state.id, state.facts, state), revision, position }
}

/** What the schema cannot say: braces that close, and buttons that can be told apart. */
function textErrors({ body, buttons = [] }: Partial<TemplateFacts>): FieldError[] {
  const parsed = body === undefined ? undefined : parseText(body)
  const errors = parsed === undefined || parsed.ok ? [] : [{ path: '/body', message: `body ${parsed.problem}` }]
  const told = (field: 'label' | 'value', words: (button: TemplateButton) => string) => {
    const seen = new Set<string>()
    buttons.forEach((button, index) => {
      const said = words(button)
      const path = `/buttons/${index}/${field}`
      if (seen.has(folded(said))) errors.push({ path, message: `two buttons have the ${field} ${said}` })
      seen.add(folded(said))
    })
  }
  told('label', ({ label }) => label)
  if (errors.length === 0) told('value', ({ label, value = label }) => value)
  return errors
}

function notFound(): Rejection {
  return new Rejection('not-found', 'There is no such template.')
}
