import type { EventLog } from '../../infra/runtime/event-store/log.ts'
import { type Binding, bind, type Reply } from '../../infra/runtime/http/binding.ts'
import { refusePrivateUrl } from '../../infra/runtime/http/outbound-url.ts'
import { type Service, type ServiceCall, serviceCall } from '../../infra/runtime/http/service-call.ts'
import type { Vault } from '../../infra/runtime/vault/vault.ts'
import { utc } from '../../schemas/event-time.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { streamOf } from '../../schemas/streams.ts'
import type { WebhookCommand } from '../../schemas/webhook/commands.ts'
import { Delivery } from '../../schemas/webhook/resource.ts'
import { webhookRoutes as routes } from '../../schemas/webhook/routes.ts'
import { type WebhookState, webhook } from '../domain/webhook/webhook.ts'
import type { Handle, Handled } from '../handle.ts'
import { ownWorkspace, recent } from './access.ts'
import { type AnyRequest, type Asking, actorOf, askingOf, contextOf, derivedId, secretBytes } from './asking.ts'
import { refuseBeyond, webhookPlace } from './webhook-place.ts'

export interface WebhookDoors {
  handle: Handle
  log: Pick<EventLog, 'head'>
  vault: Pick<Vault, 'erase'>
  idSecret: string
  /** Whether webhooks may lead to loopback and private addresses. */
  allowPrivate: boolean
  queryApi: Service
}

type WebhookRequest = AnyRequest & { params: { id: string }; ifMatch?: number; traceId: string }
type WebhookHere = Exclude<WebhookState, { status: 'none' }>

/** Outgoing webhooks, as admins make and change them (document D). What they are sent is flow-engine's affair. */
export function webhookBindings({ handle, log, vault, idSecret, allowPrivate, queryApi }: WebhookDoors): Binding[] {
  const delivery: ServiceCall<Delivery> = serviceCall(queryApi, routes.delivery, Delivery)

  /** Asks a webhook of the caller's workspace for something; one of another's is not found. */
  const change = async (
    request: WebhookRequest,
    action: string,
    command: (asking: Asking, state: WebhookHere) => WebhookCommand | Promise<WebhookCommand>,
  ): Promise<Handled<WebhookState> & { asking: Asking }> => {
    const { caller, params, ifMatch } = request
    const workspaceId = ownWorkspace(caller)
    const { state } = await handle.look(webhook, params.id, recent)
    if (state.status === 'none' || state.workspaceId !== workspaceId) throw notFound()
    const asking = askingOf(request, streamOf('webhook', params.id), action)
    const context = contextOf(asking, request, { workspaceId, actor: actorOf(caller, ''), key: params.id })
    const handled = await handle(webhook, params.id, await command(asking, state), context, { ifMatch })
    return { ...handled, asking }
  }

  /** Shows the secret that this very command made, also when it is asked again. */
  const answerOf = (status: number, { state, revision, position }: Handled<WebhookState>, asking: Asking): Reply => {
    if (state.status === 'none') throw notFound()
    const secret = secretOf(idSecret, state.id, asking.commandId)
    const once = state.secret === secret ? { secret } : {}
    return { status, body: { ...resourceOf(state), ...once }, revision, position }
  }

  const replay = async (request: WebhookRequest, action: string, from: string, deliveryId?: string): Promise<Reply> => {
    let replayId = ''
    const { position, revision } = await change(request, action, ({ commandId }) => {
      replayId = derivedId(commandId, 'replay')
      return { type: 'ReplayWebhook', replayId, from, deliveryId }
    })
    return { status: 202, body: { replayId, from }, position, revision }
  }

  /** A delivery of this webhook, where the workspace has it. */
  const positionOf = async ({ caller, params, traceId }: WebhookRequest, deliveryId: string): Promise<string> => {
    const workspaceId = ownWorkspace(caller)
    const asked = {
      caller: { kind: 'system', id: 'command-api', workspaceId },
      params: { id: params.id, deliveryId },
    } as const
    return (await delivery({ ...asked, traceId })).body.position
  }

  return [
    bind(routes.create, async (request) => {
      const { caller, body } = request
      const { url, events, description = '', active = true } = body
      refusePrivateUrl(url, { allowPrivate })
      const workspaceId = ownWorkspace(caller)
      const asking = askingOf(request, `${workspaceId}:webhooks`, 'create')
      const webhookId = derivedId(asking.commandId, 'webhook')
      const secret = secretOf(idSecret, webhookId, asking.commandId)
      const context = contextOf(asking, request, { workspaceId, actor: actorOf(caller, ''), key: webhookId })
      const command = { type: 'CreateWebhook', webhookId, url, events, description, active, secret } as const
      return answerOf(201, await handle(webhook, webhookId, command, context), asking)
    }),

    bind(routes.update, async (request) => {
      const { body: changes } = request
      if (changes.url !== undefined) refusePrivateUrl(changes.url, { allowPrivate })
      const handled = await change(request, 'update', () => ({ type: 'UpdateWebhook', changes }))
      return answerOf(200, handled, handled.asking)
    }),

    bind(routes.rotate, async (request) => {
      const handled = await change(request, 'rotate', ({ commandId }, { id }) => ({
        type: 'RotateWebhookSecret',
        secret: secretOf(idSecret, id, commandId),
      }))
      return answerOf(200, handled, handled.asking)
    }),

    bind(routes.test, async (request) => {
      let pingId = ''
      const { position, revision } = await change(request, 'test', ({ commandId }) => {
        pingId = derivedId(commandId, 'ping')
        return { type: 'TestWebhook', pingId }
      })
      return { status: 202, body: { deliveryId: pingId }, position, revision }
    }),

    bind(routes.redeliver, async (request) => {
      await demandOwn(handle, request)
      const place = webhookPlace(request.body.from)
      const from = place.kind === 'delivery' ? await positionOf(request, place.id) : place.from
      refuseBeyond(from, { head: await log.head(), now: Date.now() })
      return replay(request, 'redeliver', from)
    }),

    bind(routes.retry, async (request) => {
      await demandOwn(handle, request)
      const { deliveryId } = request.params
      return replay(request, 'retry', await positionOf(request, deliveryId), deliveryId)
    }),

    bind(routes.remove, async (request) => {
      const { params } = request
      const { position } = await change(request, 'delete', async (_, state) => {
        // Who died between the event and the end of the key did so with the answer unsent: it is asked again.
        if (state.status === 'deleted') await vault.erase(state.id)
        return { type: 'DeleteWebhook' }
      })
      await vault.erase(params.id)
      return { status: 204, position }
    }),

    bind(routes.turnOff, async (request) => {
      const { reason } = request.body
      const { position } = await change(request, 'turn off', () => ({ type: 'TurnWebhookOff', reason }))
      return { status: 204, position }
    }),
  ]
}

/** Before anything is read of it. */
async function demandOwn(handle: Handle, { caller, params }: WebhookRequest): Promise<void> {
  const { state } = await handle.look(webhook, params.id, recent)
  if (state.status !== 'there' || state.workspaceId !== ownWorkspace(caller)) throw notFound()
}

/**
 * Derived from the command by our secret, and so the same for a retry with the same Idempotency-Key; without that key a command's id is
 * random, and so is this.
 */
function secretOf(idSecret: string, webhookId: string, commandId: string): string {
  return `whsec_${secretBytes(idSecret, 'webhook secret', webhookId, commandId).toString('base64url')}`
}

function resourceOf(state: WebhookHere) {
  const { id, workspaceId, url, events, description, active, disabledReason, createdAt } = state
  return { id, workspaceId, url, events, description, active, disabledReason, createdAt: utc(createdAt) }
}

function notFound(): Rejection {
  return new Rejection('not-found', 'There is no such webhook.')
}
