import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** What realtime counts. Frames are counted in a plain number, since there are many thousands of them a second. */
export class Meters {
  /** Frames handed to sockets. */
  framesSent = 0
  readonly #registry: Registry
  readonly framesReceived: Counter<'type'>
  readonly framesRefused: Counter<'code'>
  readonly socketsCut: Counter<'reason'>
  readonly feedDelay: Histogram
  readonly feedFailures: Counter
  readonly undecodable: Counter
  readonly fallenBehind: Counter<'why'>
  readonly signalFailures: Counter

  constructor(registry: Registry) {
    this.#registry = registry
    const registers = [registry]
    this.framesReceived = new Counter({
      name: 'realtime_frames_received_total',
      help: 'Frames from clients',
      labelNames: ['type'] as const,
      registers,
    })
    this.framesRefused = new Counter({
      name: 'realtime_frames_refused_total',
      help: 'Frames of clients that were answered with an error',
      labelNames: ['code'] as const,
      registers,
    })
    this.socketsCut = new Counter({
      name: 'realtime_sockets_cut_total',
      help: 'Connections that the server ended',
      labelNames: ['reason'] as const,
      registers,
    })
    this.feedDelay = new Histogram({
      name: 'realtime_feed_delay_seconds',
      help: 'Time from the append of an event to its arrival in the rooms',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30],
      registers,
    })
    this.feedFailures = new Counter({
      name: 'realtime_feed_failures_total',
      help: 'Times the feed broke off',
      registers,
    })
    this.undecodable = new Counter({
      name: 'realtime_undecodable_total',
      help: 'Events that could not be decoded and so were shown to nobody',
      registers,
    })
    this.fallenBehind = new Counter({
      name: 'realtime_fallen_behind_total',
      help: 'Times a live member had to be brought up to date again: after a gap in the feed, or because its socket was full',
      labelNames: ['why'] as const,
      registers,
    })
    this.signalFailures = new Counter({
      name: 'realtime_signal_failures_total',
      help: 'Typing and presence signals that did not reach Redis',
      registers,
    })
    const sent = new Counter({
      name: 'realtime_frames_sent_total',
      help: 'Frames handed to sockets',
      registers,
      collect: () => {
        sent.reset()
        sent.inc(this.framesSent)
      },
    })
  }

  /** A gauge that is read when it is asked for. */
  watch(name: string, help: string, read: () => number | Promise<number>): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect: async (): Promise<void> => gauge.set(await read()),
    })
  }
}
