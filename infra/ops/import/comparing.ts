import { createHash } from 'node:crypto'
import Type from 'typebox'
import { checkOf } from '../../../schemas/validator.ts'
import type { Api } from './api.ts'
import { type Acknowledged, addTo, type Imported } from './importing.ts'

const Page = Type.Object({
  data: Type.Array(Type.Object({ senderType: Type.String(), content: Type.String() })),
  total: Type.Integer(),
})

/** What the API gives back, beside what was acknowledged. */
export interface Comparison {
  conversations: number
  messages: number
  /** Conversations whose messages differ in number, order, sender or text; the first twenty by name. */
  different: number
  examples: string[]
}

/** Reads every imported conversation back through the API and compares it, message by message. */
export async function compare(
  api: Api,
  imported: Imported,
  concurrency: number,
  watch: () => void,
): Promise<Comparison> {
  const result: Comparison = { conversations: 0, messages: 0, different: 0, examples: [] }
  const check = checkOf(Page)
  const left = imported.conversations.values()
  await settle(api, imported)
  const work = async () => {
    for (const acknowledged of left) {
      const found = await readBack(api, acknowledged, check)
      result.conversations++
      result.messages += found.messages
      if (found.digest !== acknowledged.digest || found.messages !== acknowledged.messages) {
        result.different++
        const { transcriptId, conversationId, messages } = acknowledged
        if (result.examples.length < 20) {
          result.examples.push(
            `${transcriptId} (${conversationId}): ${messages} acknowledged, ${found.messages} read back`,
          )
        }
      }
      watch()
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  return result
}

/** Waits until the read model has what was written last; the API waits some seconds a request, so it is asked again. */
async function settle(api: Api, { conversations, position }: Imported): Promise<void> {
  const [first] = conversations
  if (first !== undefined) await api.get(`/api/conversations/${first.conversationId}/messages?limit=1`, position)
}

async function readBack(
  api: Api,
  { conversationId, messages }: Acknowledged,
  check: ReturnType<typeof checkOf<typeof Page>>,
) {
  const digest = createHash('sha256')
  let read = 0
  for (let page = 1; ; page++) {
    const { body } = await api.get(`/api/conversations/${conversationId}/messages?limit=100&page=${page}`)
    const checked = check(body)
    if (!checked.ok) throw new Error(`The API answered a page of messages that is none: ${checked.errors[0]?.message}`)
    for (const { senderType, content } of checked.value.data) addTo(digest, senderType, content)
    read += checked.value.data.length
    if (checked.value.data.length < 100 || read > messages + 1000)
      return { messages: read, digest: digest.digest('hex') }
  }
}
