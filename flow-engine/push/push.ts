import type { LogPosition } from '../../schemas/envelope.ts'
import { type Checkpoints, keepSaved } from '../checkpoint.ts'
import { type Patience, patiently, together } from '../patience.ts'
import { Progress } from '../progress.ts'
import { pushReactions } from '../reactions/push.ts'
import { follow } from '../reactor.ts'
import { ContactDevices } from './contact-devices.ts'
import { Names } from './names.ts'
import type { Office, OfficeOptions } from './office.ts'

export interface PushOptions extends Omit<OfficeOptions, 'log' | 'names' | 'now'> {
  log: Parameters<typeof follow>[0]['log']
  checkpoints: Checkpoints
  /** Where the log ended when this process took over. */
  head: LogPosition | undefined
  patience: Patience
}

const checkpoint = 'push'
/** There since a push was queued for the first time. */
const opened = 'push office'

/**
 * Queues and sends pushes until the signal aborts. Messages of before the first start are history, and pushed to nobody. Where no
 * device was ever registered, neither queue nor Redis is touched: they cost memory that most installations need not spend.
 */
export async function push(options: PushOptions): Promise<void> {
  const { checkpoints, log, logger, head, patience } = options
  const { signal } = patience
  const after = await patiently(() => checkpoints.load(checkpoint), patience)
  if (after === undefined && head !== undefined) await patiently(() => checkpoints.save(checkpoint, head), patience)
  const progress = new Progress(after ?? head)
  const office = new Lazy(options)
  if ((await patiently(() => checkpoints.load(opened), patience)) !== undefined) await office.open()
  try {
    await together(signal, (signal) => [
      follow({
        log,
        logger,
        nouns: ['conversation', 'contact'],
        reactions: pushReactions(
          {
            devices: new ContactDevices(options.devices),
            async enqueue(id, job) {
              const { enqueue } = await office.open()
              await enqueue(id, job)
            },
            now: Date.now,
          },
          { ...patience, signal },
        ),
        progress,
        signal,
      }),
      keepSaved(checkpoints, { name: checkpoint, progress, logger, signal }),
    ])
  } finally {
    await office.close()
  }
}

/** An office that opens when there is something for it to do. */
class Lazy {
  readonly #options: PushOptions
  #office: Promise<Office> | undefined

  constructor(options: PushOptions) {
    this.#options = options
  }

  open(): Promise<Office> {
    this.#office ??= this.#openFirst().catch((error: unknown) => {
      this.#office = undefined
      throw error
    })
    return this.#office
  }

  async close(): Promise<void> {
    const office = await this.#office
    await office?.close()
  }

  async #openFirst(): Promise<Office> {
    const { checkpoints, head = { commit: 0n, prepare: 0n }, log, patience } = this.#options
    await patiently(() => checkpoints.save(opened, head), patience)
    const { openOffice } = await import('./office.ts')
    return openOffice({ ...this.#options, names: new Names(log), now: Date.now })
  }
}
