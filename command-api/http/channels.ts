import { canonical } from '../../infra/runtime/event-store/canonical.ts'
import { type Binding, bind, type Reply } from '../../infra/runtime/http/binding.ts'
import type { Vault } from '../../infra/runtime/vault/vault.ts'
import { channelRoutes as routes } from '../../schemas/channel/routes.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { streamOf } from '../../schemas/streams.ts'
import { type ChannelState, channel } from '../domain/channel/channel.ts'
import type { Handle, Handled } from '../handle.ts'
import { ownWorkspace, recent } from './access.ts'
import { type AnyRequest, type Asking, actorOf, askingOf, contextOf, derivedId, secretBytes } from './asking.ts'
import type { CloseOpen } from './channel-closing.ts'
import { keysOf, shownOnce } from './channel-keys.ts'
import { secretErrors } from './channel-secrets.ts'
import { refuseErrors } from './refuse.ts'
import type { SoleChannel } from './sole-channel.ts'

export interface ChannelDoors {
  handle: Handle
  vault: Pick<Vault, 'erase'>
  closeOpen: CloseOpen
  soleChannel: SoleChannel
  idSecret: string
  publicUrl: string
}

type ChannelRequest = AnyRequest & { params: { id: string }; ifMatch?: number; body: { secrets?: object } | undefined }
type Command = Parameters<typeof channel.decide>[1]

/** Channels, as admins make and change them (document D), and as our own services see them. */
export function channelBindings(doors: ChannelDoors): Binding[] {
  const { handle, vault, closeOpen, soleChannel, idSecret, publicUrl } = doors

  /** Asks a channel of the caller's workspace for something; one of another's is not found. */
  const change = async (
    request: ChannelRequest,
    action: string,
    command: (asking: Asking, state: ChannelHere) => Command | Promise<Command>,
  ): Promise<Handled<ChannelState> & { asking: Asking }> => {
    const { caller, params, ifMatch } = request
    const workspaceId = ownWorkspace(caller)
    const { state } = await handle.look(channel, params.id, recent)
    if (state.status === 'none' || state.workspaceId !== workspaceId) throw notFound()
    const asking = askingOf(veiled(request, idSecret), streamOf('channel', params.id), action)
    const context = contextOf(asking, request, { workspaceId, actor: actorOf(caller, ''), key: params.id })
    const handled = await handle(channel, params.id, await command(asking, state), context, { ifMatch })
    return { ...handled, asking }
  }

  const answerOf = (status: number, { state, revision, position }: Handled<ChannelState>, asking: Asking): Reply => {
    if (state.status === 'none') throw notFound()
    const once = shownOnce(state, keysOf(state.channelType, state.id, idSecret, asking.commandId), publicUrl)
    return { status, body: { ...resourceOf(state), ...once }, revision, position }
  }

  return [
    bind(routes.create, async (request) => {
      const { caller, body } = request
      const { type, name, config = {} } = body
      refuseErrors(secretErrors({ ...body.secrets }))
      const workspaceId = ownWorkspace(caller)
      const asking = askingOf(veiled(request, idSecret), `${workspaceId}:channels`, 'create')
      const channelId = derivedId(asking.commandId, 'channel')
      const { siteKey, embedTokenHash, identitySecret, verifyToken } = keysOf(
        type,
        channelId,
        idSecret,
        asking.commandId,
      )
      const secrets = type === 'whatsapp' ? { verifyToken, ...body.secrets } : { ...body.secrets }
      const keys = { siteKey, embedTokenHash, identitySecret }
      const context = contextOf(asking, request, { workspaceId, actor: actorOf(caller, ''), key: channelId })
      const command = { type: 'CreateChannel', channelId, channelType: type, name, config, secrets, ...keys } as const
      const made = await soleChannel({ workspaceId, channelId, config, traceId: request.traceId }, () =>
        handle(channel, channelId, command, context),
      )
      return answerOf(201, made, asking)
    }),

    bind(routes.update, async (request) => {
      const { body: changes, caller, params, traceId } = request
      refuseErrors(secretErrors(changes.secrets))
      const asked = { workspaceId: ownWorkspace(caller), channelId: params.id, config: changes.config, traceId }
      const handled = await soleChannel(asked, () =>
        change(request, 'update', ({ commandId }, { id, channelType }) => {
          const { identitySecret } = keysOf(channelType, id, idSecret, commandId)
          return { type: 'UpdateChannel', changes, identitySecret }
        }),
      )
      return answerOf(200, handled, handled.asking)
    }),

    bind(routes.rotate, async (request) => {
      const handled = await change(request, 'rotate', ({ commandId }, { id, channelType }) => {
        const { siteKey, embedTokenHash } = keysOf(channelType, id, idSecret, commandId)
        return { type: 'RotateChannelKey', siteKey, embedTokenHash }
      })
      return answerOf(200, handled, handled.asking)
    }),

    bind(routes.remove, async (request) => {
      const { params, query } = request
      const { position } = await change(request, 'delete', async (_, state) => {
        // Who died between the event and the end of the key did so with the answer unsent: it is asked again.
        if (state.status === 'deleted') await vault.erase(state.id)
        else {
          await demandRevision(handle, request)
          await closeOpen(request, state, query.force ?? false)
        }
        return { type: 'DeleteChannel' }
      })
      await vault.erase(params.id)
      return { status: 204, position }
    }),

    bind(routes.internal, async ({ caller, params }) => {
      const { state, revision } = await handle.look(channel, params.id, recent)
      const own = caller.kind === 'system' ? caller.workspaceId : undefined
      if (state.status === 'none' || (own !== undefined && own !== state.workspaceId)) throw notFound()
      const { id, workspaceId, status, channelType: type, name, active, config } = state
      const { siteKey, embedTokenHash, secrets } = state
      const body = { id, workspaceId, status, type, name, active, config, siteKey, embedTokenHash, secrets }
      return { status: 200, body, revision }
    }),
  ]
}

type ChannelHere = Exclude<ChannelState, { status: 'none' }>

/** The request as its fingerprint is made of it, which is stored in the clear: a short secret could be guessed by it. */
function veiled<R extends AnyRequest & { body: { secrets?: object } | undefined }>(
  request: R,
  idSecret: string,
): AnyRequest {
  const { body } = request
  if (body?.secrets === undefined) return request
  const secrets = secretBytes(idSecret, 'secrets', canonical(body.secrets)).toString('base64url')
  return { ...request, body: { ...body, secrets } }
}

/** Before conversations are closed for a deletion that would then be refused. */
async function demandRevision(handle: Handle, { params, ifMatch }: ChannelRequest): Promise<void> {
  const { revision } = await handle.look(channel, params.id, 0)
  if (ifMatch === undefined || ifMatch === revision) return
  throw new Rejection(
    'precondition-failed',
    `If-Match names revision ${ifMatch}, but it is at revision ${revision} now.`,
  )
}

/** A channel as admins see it; its shape is that of its type. */
function resourceOf(state: ChannelHere): Record<string, unknown> {
  const { id, workspaceId, channelType: type, name, active, config, siteKey, secrets, createdAt } = state
  return { id, workspaceId, type, name, active, config, siteKey, secretsSet: Object.keys(secrets).sort(), createdAt }
}

function notFound(): Rejection {
  return new Rejection('not-found', 'There is no such channel.')
}
