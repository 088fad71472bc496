import assert from 'node:assert/strict'
import { assigned, closed, ids, messageId, said, started } from '../../../command-api/testing/conversation.ts'
import type { ConversationEvent } from '../../../schemas/conversation/events.ts'
import type { Actor, RecordedEach } from '../../../schemas/envelope.ts'
import { firstAfter, type Scene, see, unseen } from './scene.ts'

const run = { runId: messageId(60), flowId: messageId(61) }
const begun: ConversationEvent = {
  type: 'ConversationFlowStarted',
  data: { ...run, version: 1, startedBy: 'keyword', starterId: null, depth: 1, sessionId: ids.session },
}
const ended: ConversationEvent = {
  type: 'ConversationFlowEnded',
  data: { ...run, outcome: 'completed', sessionId: ids.session },
}
const bot: Actor = { kind: 'bot', id: run.flowId }
const agent: Actor = { kind: 'agent', id: ids.agent }

function sceneOf(...events: (ConversationEvent | readonly [ConversationEvent, Actor])[]): Scene {
  return events.reduce<Scene>((scene, one, revision) => {
    const [event, actor] = 'type' in one ? [one, agent] : one
    const causes = { commandId: 'c', $correlationId: 'c', $causationId: `cause-${revision}` }
    const meta = { v: 1, workspaceId: 'w', actor, ...causes, at: '2026-01-01T12:00:00Z', prev: '', hash: '' }
    const place = { id: `event-${revision}`, stream: 's', revision, position: { commit: 1n, prepare: 1n } }
    return see(scene, { ...place, meta, ...event } as RecordedEach<ConversationEvent>, run)
  }, unseen)
}

describe('what a run sees of its conversation', () => {
  it('begins where the run does', () => {
    const scene = sceneOf(started, said(1), said(2, 'agent'), assigned, begun, said(3))
    assert.deepEqual([scene.over, scene.heard.map(({ revision }) => revision)], [null, [5]])
  })

  it('is the first reply after a question, of however many that came', () => {
    const scene = sceneOf(started, begun, said(1), said(2), said(3))
    assert.equal(firstAfter(scene, 2)?.messageId, messageId(2))
    assert.equal(firstAfter(scene, 4), undefined)
  })

  it('is what its own steps have sent, by their cause', () => {
    const scene = sceneOf(started, begun, [said(1, 'bot'), bot], said(2, 'bot'))
    assert.deepEqual([...scene.sent], [['cause-2', { messageId: messageId(1), revision: 2 }]])
  })

  it('is taken over by an agent who writes or is assigned, and not by what the flow does itself', () => {
    assert.equal(sceneOf(started, begun, said(1, 'agent')).over?.outcome, 'taken_over')
    assert.equal(sceneOf(started, begun, assigned).over?.outcome, 'taken_over')
    assert.equal(sceneOf(started, begun, [assigned, bot], [closed, bot]).over, null)
    assert.deepEqual(sceneOf(started, begun, closed, said(1, 'agent')).over, { outcome: 'stopped', why: 'closed' })
  })

  it('ends with the run', () => {
    const scene = sceneOf(started, begun, ended, assigned, said(1))
    assert.deepEqual([scene.closed, scene.over, scene.heard.length], [true, null, 0])
  })
})
