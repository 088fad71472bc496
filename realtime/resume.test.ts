import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { CloseReason, ServerFrame } from '../schemas/realtime/frames.ts'
import { Member } from './member.ts'
import type { Peer } from './peer.ts'
import { bringUpToDate, goOn, type Source } from './resume.ts'
import { Rooms } from './rooms.ts'
import { type Audience, byRevision, type Sighting } from './sighting.ts'

const room = 'conversation:00000000-0000-4000-8000-000000000001'
const key = `workspace/${room}`

/** Every third event is hidden from visitors. */
const isShown = (revision: number, audience: Audience) => audience === 'agent' || revision % 3 !== 0

function sightingOf(revision: number): Sighting<number> {
  const event = {
    id: `event-${revision}`,
    type: 'MessageSent',
    at: '2025-01-01T00:00:00.000Z',
    actor: { kind: 'visitor' as const, id: 'v' },
    data: {},
  }
  return {
    place: revision,
    frameFor: (audience) => (isShown(revision, audience) ? { type: 'event', room, revision, event } : undefined),
  }
}

class Client implements Peer {
  readonly seen: number[] = []
  readonly #pause: () => Promise<void>
  #hasDrained = false

  constructor(pause: () => Promise<void>) {
    this.#pause = pause
  }

  deliver(frame: ServerFrame): void {
    if (frame.type === 'event') this.seen.push(frame.revision)
    this.#hasDrained = false
  }

  /** Now and then, so that live members fall behind. */
  get isFull(): boolean {
    return this.seen.length % 5 === 4 && !this.#hasDrained
  }

  /** Every other one, so that catching up is interrupted. */
  drained(): Promise<void> | undefined {
    this.#hasDrained = true
    return this.seen.length % 2 === 0 ? this.#pause() : undefined
  }

  close(reason: CloseReason): void {
    throw new Error(`closed: ${reason}`)
  }
}

interface Story {
  events: number
  /** What was there before anybody came. */
  already: number
  /** How far behind a read may be, for each read in turn. */
  lags: number[]
  /** What the feed does with an event beside bringing it: leave it out, or bring it twice. */
  faults: ('none' | 'omit' | 'repeat')[]
  /** For each client, for each of its connections, how many steps it lasts. */
  lives: number[][]
}

const stories: fc.Arbitrary<Story> = fc.record({
  events: fc.integer({ min: 1, max: 14 }),
  already: fc.integer({ min: 0, max: 8 }),
  lags: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 12 }),
  faults: fc.array(fc.constantFrom('none', 'none', 'omit', 'repeat'), { maxLength: 14 }),
  lives: fc.array(fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 4 }), { minLength: 1, maxLength: 3 }),
})

/** Plays a story in the order that the scheduler chooses; answers what each client has seen. */
async function play(story: Story, audience: Audience, scheduler: fc.Scheduler): Promise<number[][]> {
  const step = () => scheduler.schedule(Promise.resolve())
  const patience = { attempts: 1000, wait: step }
  const rooms = new Rooms<number>()
  const total = story.already + story.events
  let committed = story.already
  let brought: number | undefined
  const lags = [...story.lags]

  const source: Source<number> = async function* after(revision) {
    await step()
    // A read ends where the store stood when it was asked, or, on a follower, somewhat before.
    const end = Math.max(0, committed - (lags.shift() ?? 0))
    for (let next = revision + 1; next < end; next++) {
      yield sightingOf(next)
      await step()
    }
  }

  const append = async () => {
    for (; committed < total; committed++) await step()
  }

  /** In order, never ahead of the log, whatever else goes wrong. The last is brought at last: the log is never silent for ever. */
  const feed = async () => {
    for (let next = story.already; next < total; ) {
      await step()
      if (next >= committed) continue
      const fault = story.faults[next - story.already]
      if (fault !== 'omit' || next === total - 1) rooms.publish(key, () => sightingOf(next))
      if (fault === 'repeat') rooms.publish(key, () => sightingOf(next))
      if (fault !== 'omit' || next === total - 1) brought = next
      next++
    }
  }

  const live = async (lives: readonly number[]) => {
    const client = new Client(step)
    const connect = () => {
      const member: Member<number> = new Member({
        peer: client,
        audience,
        identity: 'agent:1',
        order: byRevision,
        after: client.seen.at(-1) ?? -1,
        due: brought,
        maxKept: 2,
        onBehind: () => void goOn(member, source, patience),
      })
      rooms.enter(key, member)
      void bringUpToDate(member, source, patience)
      return member
    }
    for (const steps of lives) {
      const member = connect()
      for (let left = steps; left > 0; left--) await step()
      member.dismiss()
      rooms.leave(key, member)
      const kept = client.seen.length
      await step()
      assert.equal(client.seen.length, kept, 'something came after the end')
    }
    connect()
    return client.seen
  }

  const clients = Promise.all(story.lives.map(live))
  await scheduler.waitFor(Promise.all([append(), feed(), clients]))
  await scheduler.waitIdle()
  return clients
}

describe('resume', () => {
  for (const audience of ['agent', 'visitor'] as const) {
    it(`gives an ${audience} each event once, in order, whatever the order of feed, reads and cuts`, async () => {
      await fc.assert(
        fc.asyncProperty(stories, fc.scheduler(), async (story, scheduler) => {
          const all = Array.from({ length: story.already + story.events }, (_, revision) => revision)
          const due = all.filter((revision) => isShown(revision, audience))
          for (const seen of await play(story, audience, scheduler)) assert.deepEqual(seen, due)
        }),
        { numRuns: 1500 },
      )
    })
  }

  it('sees the difference: a member that skips the read of the stream misses what was before', async () => {
    const rooms = new Rooms<number>()
    const client = new Client(() => Promise.resolve())
    const member = new Member({
      peer: client,
      audience: 'agent',
      identity: 'agent:1',
      order: byRevision,
      after: -1,
      onBehind: () => assert.fail('a member that is behind keeps, and asks for nothing'),
    })
    rooms.enter(key, member)
    rooms.publish(key, () => sightingOf(2))
    assert.equal(member.goLive(), false)
    assert.deepEqual(client.seen, [])
  })

  it('gives up when the log never shows what the feed has brought', async () => {
    const client = new Client(() => Promise.resolve())
    const member = new Member({
      peer: client,
      audience: 'agent',
      identity: 'agent:1',
      order: byRevision,
      after: 0,
      onBehind: () => assert.fail('not live'),
    })
    member.offer(sightingOf(5))
    const empty: Source<number> = async function* nothing() {
      yield* []
    }
    await assert.rejects(bringUpToDate(member, empty, { attempts: 3, wait: () => Promise.resolve() }), /does not show/)
    assert.deepEqual(client.seen, [])
  })
})
