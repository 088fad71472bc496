import Type from 'typebox'
import { checkOf } from '../../../schemas/validator.ts'
import type { WhatsappMedia } from '../../../schemas/whatsapp/webhook.ts'
import { uploadLimits } from '../../runtime/http/multipart.ts'
import type { Logger } from '../../runtime/logger.ts'
import { askGraph, graphUrl, isMetas, loadFile } from '../../runtime/whatsapp/graph.ts'

export interface MediaOptions {
  /** WHATSAPP_URL */
  url: string
  logger: Logger
}

/** Loads a file that a customer sent; undefined where that cannot be done, now or ever. */
export type LoadMedia = (
  media: WhatsappMedia,
  access: { token: string; apiVersion: string },
) => Promise<Buffer | undefined>

/** Files in memory at the same time, of at most 10 MB each. */
const atOnce = 4
const tries = 2
/** Together less than Meta waits for an answer. */
const timeoutMs = 4000

const checkPlace = checkOf(Type.Object({ url: Type.String({ maxLength: 4000 }) }))

export function createLoadMedia({ url, logger }: MediaOptions): LoadMedia {
  const slots = new Slots(atOnce)

  const load = async (id: string, token: string, apiVersion: string): Promise<Buffer | undefined> => {
    const place = await askGraph(graphUrl(url, apiVersion, id), { token, method: 'GET', timeoutMs })
    const checked = checkPlace(place.body)
    if (place.status >= 500) throw new Error(`the Graph API answered ${place.status}`)
    if (place.status !== 200 || !checked.ok) return refused(`the Graph API answered ${place.status}`)
    if (!isMetas(checked.value.url, url)) return refused('the file lies with somebody else')
    const { status, bytes } = await loadFile(checked.value.url, { token, most: uploadLimits.fileBytes, timeoutMs })
    if (status >= 500) throw new Error(`the store of files answered ${status}`)
    if (status !== 200 || bytes === undefined || bytes.length === 0)
      return refused(`the store of files answered ${status}`)
    return bytes
  }
  const refused = (why: string): undefined => {
    logger.warn({ why }, 'a file from WhatsApp could not be loaded')
  }

  return ({ id }, { token, apiVersion }) =>
    slots.run(async () => {
      for (let left = tries - 1; ; left -= 1) {
        try {
          return await load(id, token, apiVersion)
        } catch (error) {
          if (left === 0) return refused(error instanceof Error ? error.message : String(error))
        }
      }
    })
}

class Slots {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(free: number) {
    this.#free = free
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#free -= 1
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free += 1
      else next()
    }
  }
}
