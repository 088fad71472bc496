import type { WsLine } from '../ws-line.ts'
import type { Carrier } from './carrier.ts'

export function wsCarrier(line: WsLine): Carrier {
  return {
    // The door's heartbeat cuts lines that do not answer.
    isWatched: true,
    takesPings: true,
    send: (packet) => line.send(packet.frame),
    get buffered() {
      return line.buffered
    },
    drained: () => line.drained(),
    confirm: (onReceived) => line.probe(onReceived),
    end: (closing) => line.close(closing),
  }
}
