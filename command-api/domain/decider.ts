import type { Happened } from '../../schemas/define.ts'
import type { StreamNoun } from '../../schemas/streams.ts'
import type { Done } from './done.ts'

/** A rule book of one kind of stream: state from events, events from a command. Pure. */
export interface Decider<State, Command, Event extends { type: string; data: unknown }> {
  readonly noun: StreamNoun
  readonly initial: State
  /** Throws a Rejection where it is not allowed; [] where there is nothing to do. */
  decide(state: State, command: Command): Event[]
  evolve(state: State, event: Event, at: Happened): State
  /** The types of its events; others in the stream are passed over. */
  readonly types: Readonly<Record<Event['type'], unknown>>
  /** What the state remembers of a command. */
  done(state: State, commandId: string): Done | undefined
  /** What a state that is kept weighs beside its events, in events of a kilobyte. Default 0. */
  weight?(state: State): number
}
