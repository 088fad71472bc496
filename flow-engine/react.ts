import type { Config } from '../infra/runtime/config.ts'
import type { EventLog } from '../infra/runtime/event-store/log.ts'
import type { Logger } from '../infra/runtime/logger.ts'
import { Rejection } from '../schemas/rejection.ts'
import type { Automations } from './automations/automations.ts'
import { type Checkpoints, keepSaved } from './checkpoint.ts'
import type { Flows } from './flows/flows.ts'
import type { Meters } from './meters.ts'
import { type Patience, patiently, together } from './patience.ts'
import { Progress } from './progress.ts'
import { push } from './push/push.ts'
import { Assigner, assignReactions } from './reactions/assign.ts'
import { eraseReactions } from './reactions/erase.ts'
import { releaseReactions } from './reactions/release.ts'
import { retain } from './reactions/retain.ts'
import { follow } from './reactor.ts'
import type { Due, Services } from './services.ts'
import type { Webhooks } from './webhooks/webhooks.ts'
import type { Outbox } from './whatsapp/outbox.ts'
import { whatsapp } from './whatsapp/whatsapp.ts'

export interface ReactOptions {
  config: Config
  log: EventLog
  logger: Logger
  meters: Meters
  services: Services
  checkpoints: Checkpoints
  automations: Pick<Automations, 'lead'>
  flows: Pick<Flows, 'lead'>
  outbox: Outbox
  webhooks: Pick<Webhooks, 'follow'>
  signal: AbortSignal
}

/** Does all that follows by itself from what is in the log, until the signal aborts. */
export async function react(options: ReactOptions): Promise<void> {
  const { config, log, logger, meters, services, checkpoints } = options
  const patience = (reaction: string, signal: AbortSignal) => patienceOf(options, reaction, signal)
  const begun = patience('begin', options.signal)
  await patiently(() => checkpoints.create(), begun)
  const after = await patiently(() => checkpoints.load('owed'), begun)
  const head = await patiently(() => log.head(), begun)

  await together(options.signal, (signal) => {
    const assigning = patience('assign', signal)
    const owing = patience('owed', signal)
    const retaining = patience('retain', signal)
    const assigner = new Assigner({ ...assigning, route: services.route, logger })
    const owed = new Progress(after)
    return [
      // How things stand is all that assigning is about: each start looks at every workspace, and follows the log from there.
      follow({
        log,
        logger,
        nouns: ['conversation', 'agent', 'workspace', 'widget', 'channel'],
        reactions: assignReactions(assigner),
        progress: new Progress(head),
        signal,
      }),
      wakeAll(assigner, services.due(assigning, head)),
      options.flows.lead(head, (workspaceId) => assigner.wake(workspaceId), patience('flows', signal)),
      // What is owed is done for every event there ever was: from the last checkpoint, at first from the beginning.
      follow({
        log,
        logger,
        nouns: ['contact', 'agent'],
        reactions: { ...eraseReactions(services.finishErasure, owing), ...releaseReactions(assigner, owing) },
        progress: owed,
        signal,
      }),
      keepSaved(checkpoints, { name: 'owed', progress: owed, logger, signal }),
      retain({
        workspaces: () => services.due(retaining),
        stale: services.staleContacts,
        erase: services.eraseContact,
        logger,
        everyMs: config.retentionHours * 3_600_000,
        now: Date.now,
        patience: retaining,
      }),
      options.automations.lead(head, patience('automations', signal)),
      push({
        ...{ config, log, logger, checkpoints, head },
        meters: meters.push,
        devices: services.devices,
        dropDevice: services.dropDevice,
        channel: services.channel,
        patience: patience('push', signal),
      }),
      whatsapp({
        ...{ config, log, logger, checkpoints, head, outbox: options.outbox },
        meters: meters.whatsapp,
        channel: services.channel,
        record: services.recordDelivery,
        download: services.download,
        patience: patience('whatsapp', signal),
      }),
      options.webhooks.follow({ log, head, patience: patience('webhooks', signal) }),
    ]
  })
}

export function patienceOf(
  { meters, logger }: Pick<ReactOptions, 'meters' | 'logger'>,
  reaction: string,
  signal: AbortSignal,
): Patience {
  return {
    signal,
    failed: (error, failures) => {
      meters.failures.inc({ reaction })
      // Services start side by side, and projections take a moment: that alone is nothing to report.
      const report = failures < 5 && error instanceof Rejection ? logger.debug : logger.warn
      report.call(logger, { error, reaction, failures }, 'a reaction failed; trying again')
    },
  }
}

async function wakeAll(assigner: Assigner, workspaces: AsyncIterable<Due>): Promise<void> {
  for await (const { id, mode } of workspaces) if (mode !== 'off') assigner.wake(id)
}
