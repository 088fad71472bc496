import assert from 'node:assert/strict'
import type { Wish } from '../../infra/runtime/http/service-call.ts'
import { Rejection } from '../../schemas/rejection.ts'
import type { TemplateFacts } from '../../schemas/template/events.ts'
import type { Facts } from '../domain/facts.ts'
import { ids, question } from '../testing/runs.ts'
import type { Stepping } from './step.ts'
import { sendTemplate } from './template.ts'

const facts: Facts = {
  reply: null,
  message: null,
  contact: { name: 'Ada', email: null, phone: null, attributes: {} },
  conversation: {
    ...{ status: 'open', channel: 'whatsapp', tags: [], assignedAgentId: null, widgetId: null, channelId: null },
    metadata: {},
  },
  variables: { order: 'B-17' },
  webhook: { status: null },
}
const plain: TemplateFacts = { name: 'order', body: '{{order}} for {{contact.name}}', buttons: [], whatsapp: null }

async function sent(found: TemplateFacts | undefined, stepping: Partial<Stepping> = {}, refusal?: Rejection) {
  const bodies: unknown[] = []
  const asked: unknown[] = []
  const tools = {
    template: async () => found,
    send: async ({ body }: Wish) => {
      bodies.push(body)
      if (refusal !== undefined) throw refusal
      return { status: 201, body: { id: ids.message(1), revision: 7 }, position: undefined }
    },
  }
  const node = question('ask')
  assert(node.type === 'template')
  const { result } = await sendTemplate(tools, node, {
    ...{ workspaceId: 'w', conversationId: 'c', key: 'k', cause: { bot: 'flow', eventId: 'e', depth: 1 } },
    facts: async (names) => {
      asked.push(names)
      return facts
    },
    sent: undefined,
    isLast: false,
    ...stepping,
  })
  return { result, bodies, asked }
}

describe('a template node', () => {
  const done = { kind: 'sent', messageId: ids.message(1), revision: 7 }

  it('sends its words, and asks for what stands in them alone', async () => {
    const { result, bodies, asked } = await sent(plain)
    assert.deepEqual(result, done)
    assert.deepEqual(bodies, [{ contentType: 'text', content: 'B-17 for Ada', senderType: 'bot', senderId: 'flow' }])
    assert.deepEqual(asked, [['variables.order', 'contact.name']])
  })

  it('makes its buttons quick replies, which stand for their label where they have no value', async () => {
    const { bodies } = await sent({ ...plain, buttons: [{ label: 'Yes', value: 'y' }, { label: 'No' }] })
    const buttons = [
      { label: 'Yes', value: 'y' },
      { label: 'No', value: 'No' },
    ]
    const [{ contentType, richMedia }] = bodies as [{ contentType: string; richMedia: unknown }]
    assert.deepEqual({ contentType, richMedia }, { contentType: 'quick_button', richMedia: { buttons } })
  })

  it('is the approved template on WhatsApp, with its variables in their order', async () => {
    const whatsapp = { name: 'order_update', language: 'en_US' }
    const { bodies } = await sent({ ...plain, whatsapp })
    const [{ whatsappTemplate }] = bodies as [{ whatsappTemplate: unknown }]
    assert.deepEqual(whatsappTemplate, { ...whatsapp, parameters: ['B-17', 'Ada'], buttons: [] })
    const defaults = await sent({ ...plain, body: '{{contact.email | no address}}, {{ order | none }}', whatsapp })
    assert.deepEqual(
      (defaults.bodies as [{ whatsappTemplate: { parameters: string[] } }])[0].whatsappTemplate.parameters,
      ['no address', 'B-17'],
    )
  })

  it('sends nothing that was sent before, nor what there is not', async () => {
    const before = { messageId: ids.message(2), revision: 5 }
    const again = await sent(plain, { sent: before })
    assert.deepEqual([again.result, again.bodies], [{ kind: 'sent', ...before }, []])
    assert.deepEqual((await sent(undefined)).result, { kind: 'refused', why: 'missing-template' })
    assert.deepEqual((await sent({ ...plain, body: '{{nothing}}' })).result, { kind: 'refused', why: 'empty-text' })
  })

  it('is refused for good as the conversation refuses it, and tried again where that may pass', async () => {
    const closed = new Rejection('conversation-closed', 'It is closed.')
    assert.deepEqual((await sent(plain, {}, closed)).result, { kind: 'refused', why: 'conversation-closed' })
    await assert.rejects(sent(plain, {}, new Rejection('unavailable', 'away')), /away/)
    await assert.rejects(sent(plain, {}, new Rejection('idempotency-key-reused', 'reused')), /in other words/)
  })
})
