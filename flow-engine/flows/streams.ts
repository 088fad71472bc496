import { LRUCache } from 'lru-cache'
import type { EventLog } from '../../infra/runtime/event-store/log.ts'
import { type ConversationEvent, conversationEvents } from '../../schemas/conversation/events.ts'
import { happened, type Recorded, type RecordedEach } from '../../schemas/envelope.ts'
import { type FlowRunEvent, flowRunEvents } from '../../schemas/flow-run/events.ts'
import { streamOf } from '../../schemas/streams.ts'
import { type BegunRun, evolve, type RunState, unbegun } from '../domain/run/run.ts'
import { type Heard, type Scene, see, unseen } from '../domain/scene/scene.ts'

/** Runs and scenes of which the fold is kept, so that a look reads what is new alone. */
const kept = 2000

/** What the visitor said. */
export interface Words {
  text: string
  /** What the button stands for that was clicked, where the channel says it. */
  value: string | null
  contentType: string
}

/** Runs and their conversations, as the log has them at this moment. Look at one of them at a time. */
export class Streams {
  readonly #log: Pick<EventLog, 'readStream'>
  readonly #runs = new LRUCache<string, { state: RunState; revision: number }>({ max: kept })
  readonly #scenes = new LRUCache<string, Scene>({ max: kept })

  constructor(log: Pick<EventLog, 'readStream'>) {
    this.#log = log
  }

  async run(id: string): Promise<RunState> {
    let { state, revision } = this.#runs.get(id) ?? { state: unbegun, revision: -1 }
    for await (const event of this.#log.readStream(streamOf('flowRun', id), { from: revision + 1 })) {
      if (isOfRun(event)) state = evolve(state, event, happened(event))
      revision = event.revision
    }
    // What it has gathered are words of a person, and nobody asks for them any more.
    const settled = state.status === 'ended' ? { ...state, variables: {} } : state
    this.#runs.set(id, { state: settled, revision })
    return settled
  }

  /** Takes over what command-api answered, so that nothing of it has to be read. */
  keep(run: BegunRun): void {
    const { revision } = run
    const known = this.#runs.get(run.id)
    if (known === undefined || known.revision < revision) this.#runs.set(run.id, { state: run, revision })
  }

  async scene({ id: runId, flowId, conversationId }: BegunRun): Promise<Scene> {
    let scene = this.#scenes.get(runId) ?? unseen
    const tail = this.#log.readStream(streamOf('conversation', conversationId), { from: scene.revision + 1 })
    for await (const event of tail) {
      scene = isOfConversation(event) ? see(scene, event, { runId, flowId }) : { ...scene, revision: event.revision }
    }
    this.#scenes.set(runId, scene)
    return scene
  }

  /** The words of a message of the visitor's, which no fold keeps. */
  async words(conversationId: string, { revision }: Pick<Heard, 'revision'>): Promise<Words | undefined> {
    const stream = streamOf('conversation', conversationId)
    for await (const event of this.#log.readStream(stream, { from: revision, max: 1 })) {
      if (!isOfConversation(event) || event.type !== 'MessageSent') return undefined
      const { content: text, replyValue: value = null, contentType } = event.data
      return { text, value, contentType }
    }
    return undefined
  }
}

const isOfRun = (event: Recorded): event is RecordedEach<FlowRunEvent> => Object.hasOwn(flowRunEvents, event.type)
const isOfConversation = (event: Recorded): event is RecordedEach<ConversationEvent> =>
  Object.hasOwn(conversationEvents, event.type)

/** Which run answered in a conversation at a revision. */
export async function runningIn(
  log: Pick<EventLog, 'readStream'>,
  stream: string,
  revision: number,
): Promise<{ runId: string | null }> {
  let runId: string | null = null
  for await (const event of log.readStream(stream, { max: revision + 1 })) {
    if (!isOfConversation(event)) continue
    if (event.type === 'ConversationFlowStarted') runId = event.data.runId
    if (event.type === 'ConversationFlowEnded') runId = null
  }
  return { runId }
}
