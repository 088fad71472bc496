import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type Stack, startStack } from '../infra/local/stack.ts'
import { eventually } from '../infra/local/testing/eventually.ts'
import { createInternalTokens } from '../infra/runtime/auth/internal-tokens.ts'
import { type Guest, guests } from './testing/guest.ts'
import { type Conversation, LogWriter } from './testing/log-writer.ts'

/** How each protocol ends a connection. */
const endings: Record<string, { removed: RegExp; expired: RegExp }> = {
  ws: { removed: /^4403$/, expired: /^4401$/ },
  signalr: { removed: /removed/, expired: /expired/ },
  'socket.io': { removed: /removed/, expired: /expired/ },
}

describe('those who are where they may not be', () => {
  const workspaceId = randomUUID()
  const all: Guest[] = []
  let stack: Stack
  let writer: LogWriter

  before(async () => {
    const only = ['event-store', 'postgres', 'redis', 'realtime'] as const
    stack = await startStack({ ports: 'free', only, env: { NODE_ENV: 'test', LOG_LEVEL: 'error' } })
    writer = new LogWriter(stack.config)
  })
  after(async () => {
    for (const guest of all) guest.close()
    await writer.close()
    await stack.stop()
  })

  const issue: ReturnType<typeof createInternalTokens>['issue'] = (caller) =>
    createInternalTokens(stack.config.internalSecret).issue(caller)
  const agentToken = (id: string, rest: { workspaceId?: string; expiresAt?: number } = {}) =>
    issue({ kind: 'agent', id, workspaceId, role: 'agent', email: 'a@demo.test', ...rest })
  const visitorToken = ({ id: conversationId, contactId, visitorId, workspaceId }: Conversation) =>
    issue({ kind: 'visitor', workspaceId, conversationId, contactId, visitorId })

  for (const [protocol, welcome] of Object.entries(guests)) {
    describe(`by ${protocol}`, () => {
      const come = async (token: string) => {
        const guest = await welcome(stack.url('realtime'), token)
        all.push(guest)
        return guest
      }
      /** An agent who may be there, and hears it. */
      async function witness(conversation: Conversation): Promise<Guest> {
        const guest = await come(await agentToken(await writer.agent(conversation.workspaceId), conversation))
        assert.equal(await guest.join(conversation.id), undefined)
        return guest
      }
      async function say(conversation: Conversation, words: string, witnesses: Guest): Promise<void> {
        await writer.message(conversation, words)
        await eventually(() => assert.equal(witnesses.heard().at(-1), words))
      }

      it('are not let into conversations of another workspace, or of another visitor, nor told of them', async () => {
        const strict = await writer.widget(workspaceId, 'required')
        const [mine, theirs] = [await writer.start(workspaceId, strict), await writer.start(workspaceId, strict)]
        const abroad = await writer.start(randomUUID())
        const visitor = await come(await visitorToken(mine))
        const agent = await come(await agentToken(await writer.agent(workspaceId)))
        assert.equal(await visitor.join(mine.id), undefined)
        assert.match(String(await visitor.join(theirs.id)), /visitor token/)
        const absent = await agent.join(randomUUID())
        for (const guest of [visitor, agent]) assert.equal(await guest.join(abroad.id), absent)
        for (const conversation of [theirs, abroad]) await say(conversation, 'for others', await witness(conversation))
        await say(mine, 'for him', await witness(mine))
        await eventually(() => assert.deepEqual(visitor.heard(), ['for him']))
        assert.deepEqual(agent.heard(), [])
      })

      it('are not let into the rooms of agents', async () => {
        const visitor = await come(await visitorToken(await writer.start(workspaceId)))
        for (const why of await visitor.joinStaff()) assert.match(String(why), /for agents|conversationId|validation/)
      })

      for (const [how, words] of Object.entries(endings[protocol] ?? {})) {
        it(`are sent away when they are ${how}, and told nothing after`, async () => {
          const conversation = await writer.start(workspaceId)
          const agentId = await writer.agent(workspaceId)
          const soon = { expiresAt: Math.ceil(Date.now() / 1000) + 2 }
          const guest = await come(await agentToken(agentId, how === 'expired' ? soon : {}))
          const other = await witness(conversation)
          assert.equal(await guest.join(conversation.id), undefined)
          await say(conversation, 'before', other)
          await eventually(() => assert.deepEqual(guest.heard(), ['before']))
          if (how === 'removed') {
            await writer.removeAgent(workspaceId, agentId)
            await say(conversation, 'after', other)
          }
          assert.match(await guest.ended, words)
          await say(conversation, 'long after', other)
          assert.deepEqual(guest.heard(), ['before'])
          if (how === 'expired') return
          const back = await come(await agentToken(agentId))
          assert.match(String(await back.join(conversation.id)), /removed/)
        })
      }
    })
  }
})
