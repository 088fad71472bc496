import Type from 'typebox'
import type { Config } from '../../infra/runtime/config.ts'
import type { Logger } from '../../infra/runtime/logger.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { checkOf } from '../../schemas/validator.ts'

export interface Turn {
  role: 'system' | 'user' | 'assistant'
  content: string
}

/** A language model behind an OpenAI-compatible chat completions endpoint. */
export interface Chat {
  model: string
  /** The next turn. Throws Rejection('unavailable') that names the setting to look at. */
  complete(turns: readonly Turn[]): Promise<string>
}

export type ChatConfig = Pick<Config, 'aiBaseUrl' | 'aiApiKey' | 'aiModel'>

const timeoutMs = 20_000
/** As long as a message may be. */
const longest = 10_000

const Completion = Type.Object({
  choices: Type.Array(Type.Object({ message: Type.Object({ content: Type.String({ pattern: '\\S' }) }) }), {
    minItems: 1,
  }),
})

/** Undefined where none is configured: both AI_BASE_URL and AI_API_KEY are needed. */
export function createChat(config: ChatConfig, logger: Pick<Logger, 'warn'>, limitMs = timeoutMs): Chat | undefined {
  const { aiBaseUrl, aiApiKey, aiModel } = config
  if (aiBaseUrl === undefined || aiApiKey === '') return undefined
  const check = checkOf(Completion)
  const url = `${aiBaseUrl.replace(/\/$/, '')}/chat/completions`

  async function asked(turns: readonly Turn[]): Promise<unknown> {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${aiApiKey}` },
      body: JSON.stringify({ model: aiModel, messages: turns }),
      // The key is for this address and no other.
      redirect: 'error',
      signal: AbortSignal.timeout(limitMs),
    })
    if (!response.ok) {
      await response.body?.cancel()
      throw new Refused(response.status)
    }
    return response.json()
  }

  return {
    model: aiModel,
    async complete(turns) {
      const answer = await asked(turns).catch((error: unknown) => {
        logger.warn({ error, url }, 'the language model did not answer')
        throw Object.assign(new Rejection('unavailable', sentenceOf(error)), { cause: error })
      })
      const checked = check(answer)
      if (checked.ok) return (checked.value.choices[0]?.message.content ?? '').trim().slice(0, longest)
      logger.warn({ errors: checked.errors, url }, 'the language model answered what is no completion')
      throw new Rejection('unavailable', 'What AI_BASE_URL names answers no chat completions: check the setting.')
    },
  }
}

class Refused extends Error {
  override name = 'Refused'
  readonly status: number

  constructor(status: number) {
    super(`it answered ${status}`)
    this.status = status
  }
}

function sentenceOf(error: unknown): string {
  const status = error instanceof Refused ? error.status : undefined
  if (status === 401 || status === 403) return 'The language model refuses the key: check AI_API_KEY.'
  if (status === 400 || status === 404) return 'The language model is not there: check AI_BASE_URL and AI_MODEL.'
  if (status === 429) return 'The language model has too much to do for this AI_API_KEY; try again later.'
  return 'The language model at AI_BASE_URL does not answer; try again later.'
}
