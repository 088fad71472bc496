import Type from 'typebox'
import { exactly, Id } from '../fields.ts'
import { pageQuery, route } from '../route.ts'
import { FinishBody, JudgeBody, RecordedOccasion } from './occasion.ts'
import {
  Automation,
  AutomationRunPage,
  CreateAutomationBody,
  runStates,
  ToggleAutomationBody,
  TriggerRules,
  UnansweredList,
  UpdateAutomationBody,
} from './resource.ts'

const tag = 'Automations'
const byId = exactly({ id: Id })
const admins = { access: 'admin', scope: 'manage', tag } as const
const internal = { access: 'system', tag: 'Internal' } as const
const changed = { 200: { description: 'the automation as it is now', schema: Automation } }

/** Automations (document D). Commands are served by command-api, reads by query-api. */
export const automationRoutes = {
  list: route({
    ...admins,
    service: 'query-api',
    method: 'GET',
    path: '/api/automations',
    summary: 'List automations, the oldest first',
    answers: { 200: { description: 'all of them', schema: Type.Array(Automation) } },
    rejections: ['projection-behind'],
  }),
  get: route({
    ...admins,
    service: 'query-api',
    method: 'GET',
    path: '/api/automations/{id}',
    summary: 'Get an automation',
    params: byId,
    answers: { 200: { description: 'the automation', schema: Automation } },
    rejections: ['not-found', 'projection-behind'],
  }),
  runs: route({
    ...admins,
    service: 'query-api',
    method: 'GET',
    path: '/api/automations/{id}/runs',
    summary: 'What an automation did, and why it did not, the latest first',
    params: byId,
    query: exactly({ ...pageQuery(20), outcome: Type.Optional(Type.Enum(runStates)) }),
    answers: { 200: { description: 'a page of its runs', schema: AutomationRunPage } },
    rejections: ['not-found', 'projection-behind'],
  }),
  create: route({
    ...admins,
    service: 'command-api',
    method: 'POST',
    path: '/api/automations',
    summary: 'Create an automation',
    description: `When something happens (\`trigger\`) in a conversation of which all, or any, \`conditions\` hold, its \`actions\` are done in their order. \`no_reply\` needs \`minutes\`, and leaves alone what had waited for too long when it was made; \`message_received\` looks at the visitor's messages, unless \`senders\` says otherwise. Texts may hold {{variables}} such as {{contact.name}}. What it says, it says as a bot; an agent's name stands nowhere. Rules may set each other off, at most ten deep. Agents and flows that are not there, private addresses and malformed texts are refused (400).`,
    body: CreateAutomationBody,
    answers: { 201: { description: 'the automation', schema: Automation } },
    rejections: ['idempotency-key-reused'],
  }),
  update: route({
    ...admins,
    service: 'command-api',
    method: 'PATCH',
    path: '/api/automations/{id}',
    summary: 'Change an automation',
    description: 'Only what changes needs to be there. Runs that have begun go on as they began.',
    params: byId,
    body: UpdateAutomationBody,
    answers: changed,
    rejections: ['not-found', 'conflict', 'idempotency-key-reused', 'precondition-failed'],
  }),
  toggle: route({
    ...admins,
    service: 'command-api',
    method: 'POST',
    path: '/api/automations/{id}/toggle',
    summary: 'Switch an automation on or off',
    params: byId,
    body: ToggleAutomationBody,
    answers: changed,
    rejections: ['not-found', 'conflict', 'idempotency-key-reused', 'precondition-failed'],
  }),
  remove: route({
    ...admins,
    service: 'command-api',
    method: 'DELETE',
    path: '/api/automations/{id}',
    summary: 'Delete an automation',
    params: byId,
    answers: { 204: { description: 'it is gone' } },
    rejections: ['not-found', 'conflict', 'idempotency-key-reused', 'precondition-failed'],
  }),

  triggers: route({
    ...internal,
    service: 'query-api',
    method: 'GET',
    path: '/internal/workspaces/{id}/automations',
    summary: 'The active automations of a workspace, as far as it takes to judge whether they fire',
    params: byId,
    answers: { 200: { description: 'as of the position waited for', schema: TriggerRules } },
    rejections: ['projection-behind'],
  }),
  unanswered: route({
    ...internal,
    service: 'query-api',
    method: 'GET',
    path: '/internal/automations/unanswered',
    summary: 'Visitors’ messages that have been unanswered for longer than an active no_reply automation allows',
    description:
      'Where the time was up after the automation was made, and a week ago at most; none for which it has run its course.',
    query: exactly({
      limit: Type.Integer({ minimum: 1, maximum: 1000, description: 'most of one automation' }),
    }),
    answers: { 200: { description: 'the oldest of each automation first', schema: UnansweredList } },
    rejections: ['projection-behind'],
  }),
  judge: route({
    ...internal,
    service: 'command-api',
    method: 'POST',
    path: '/internal/automation-occasions/{id}/judge',
    summary: 'Which of the automations that an event set off fire',
    params: byId,
    body: JudgeBody,
    answers: { 200: { description: 'the occasion as it is now', schema: RecordedOccasion } },
    rejections: ['conflict'],
  }),
  finish: route({
    ...internal,
    service: 'command-api',
    method: 'POST',
    path: '/internal/automation-occasions/{id}/runs/{runId}/finish',
    summary: 'What became of the actions of an automation that fired',
    params: exactly({ id: Id, runId: Id }),
    body: FinishBody,
    answers: { 204: { description: 'it is recorded' } },
    rejections: ['not-found', 'conflict'],
  }),
}
