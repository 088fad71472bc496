import Type from 'typebox'
import { type Service, type ServiceCall, serviceCall } from '../infra/runtime/http/service-call.ts'
import { serviceDownload } from '../infra/runtime/http/service-files.ts'
import { DueWorkspaces, Routed } from '../schemas/assignment/resource.ts'
import { assignmentRoutes } from '../schemas/assignment/routes.ts'
import { InternalChannel } from '../schemas/channel/resource.ts'
import { channelRoutes } from '../schemas/channel/routes.ts'
import { type ContactDevice, ContactDevices } from '../schemas/contact/device.ts'
import { deviceRoutes } from '../schemas/contact/device-routes.ts'
import { StaleContacts } from '../schemas/contact/resource.ts'
import { contactRoutes } from '../schemas/contact/routes.ts'
import { deliveryRoutes } from '../schemas/conversation/delivery-routes.ts'
import { fileRoutes } from '../schemas/conversation/file-routes.ts'
import type { LogPosition } from '../schemas/envelope.ts'
import { ActiveRuns, flowRunQueries } from '../schemas/flow-run/queries.ts'
import { InternalRun } from '../schemas/flow-run/resource.ts'
import { flowRunRoutes } from '../schemas/flow-run/routes.ts'
import { webhookRoutes } from '../schemas/webhook/routes.ts'
import type { AutoAssignment } from '../schemas/workspace/settings.ts'
import type { UnderWay } from './flows/vigil.ts'
import { type Patience, patiently } from './patience.ts'

/** What the reactions ask of other services: like any client of them, by HTTP. */
export interface Services {
  route(workspaceId: string): Promise<Routed>
  /** Workspaces of which something is due by itself, as of a position of the log. */
  due(patience: Patience, waitFor?: LogPosition): AsyncIterable<Due>
  /** Runs of flows that are under way, as of a position of the log. */
  runsUnderWay(patience: Patience, waitFor?: LogPosition): AsyncIterable<UnderWay>
  /** Ends a run by hand, and says whether it was still under way. */
  endRun(id: string): Promise<{ wasUnderWay: boolean }>
  finishErasure: ServiceCall<unknown>
  eraseContact: ServiceCall<unknown>
  staleContacts: ServiceCall<{ data: { id: string }[]; nextCursor: string | null }>
  devices: ServiceCall<{ data: ContactDevice[] }>
  dropDevice: ServiceCall<unknown>
  channel: ServiceCall<InternalChannel>
  turnOffWebhook: ServiceCall<unknown>
  recordDelivery: ServiceCall<unknown>
  download: ReturnType<typeof serviceDownload>
}

export interface Due {
  id: string
  mode: AutoAssignment['mode']
  retentionDays: number | null
}

const caller = { kind: 'system', id: 'flow-engine' } as const
const nothing = Type.Unknown()
const pageSize = 500

export function createServices({ commandApi, queryApi }: { commandApi: Service; queryApi: Service }): Services {
  const route = serviceCall(commandApi, assignmentRoutes.route, Routed)
  const due = serviceCall(queryApi, assignmentRoutes.due, DueWorkspaces)
  const getRun = serviceCall(commandApi, flowRunRoutes.get, InternalRun)
  const endRun = serviceCall(commandApi, flowRunRoutes.stop, nothing)
  const runs = serviceCall(queryApi, flowRunQueries.active, ActiveRuns)
  return {
    async route(id) {
      const { body } = await route({ caller, params: { id }, timeoutMs: 30_000 })
      return body
    },
    async *due(patience, waitFor) {
      for (let after: string | undefined; ; ) {
        const query = { after, limit: pageSize }
        const { body } = await patiently(() => due({ caller, query, waitFor }), patience)
        yield* body.data
        after = body.data.at(-1)?.id
        if (body.data.length < pageSize) return
      }
    },
    async *runsUnderWay(patience, waitFor) {
      for (let after: string | undefined; ; ) {
        const query = { after, limit: pageSize }
        const { body } = await patiently(() => runs({ caller, query, waitFor }), patience)
        yield* body.data.map(({ id, conversationId, until, updatedAt: at }) => ({ id, conversationId, until, at }))
        after = body.data.at(-1)?.id
        if (body.data.length < pageSize) return
      }
    },
    async endRun(id) {
      const { body: run } = await getRun({ caller, params: { id } })
      if (run.status === 'ended') return { wasUnderWay: false }
      await endRun({ caller, params: { id }, body: { outcome: 'stopped', why: 'by-hand' } })
      return { wasUnderWay: true }
    },
    finishErasure: serviceCall(commandApi, contactRoutes.finishErasure, nothing),
    eraseContact: serviceCall(commandApi, contactRoutes.erase, nothing),
    staleContacts: serviceCall(queryApi, contactRoutes.stale, StaleContacts),
    devices: serviceCall(commandApi, deviceRoutes.ofContact, ContactDevices),
    dropDevice: serviceCall(commandApi, deviceRoutes.dropDead, nothing),
    channel: serviceCall(commandApi, channelRoutes.internal, InternalChannel),
    turnOffWebhook: serviceCall(commandApi, webhookRoutes.turnOff, nothing),
    recordDelivery: serviceCall(commandApi, deliveryRoutes.record, nothing),
    download: serviceDownload(queryApi, fileRoutes.get),
  }
}
