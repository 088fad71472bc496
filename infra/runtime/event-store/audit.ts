import type { RawEvent } from './answer.ts'
import { checkLink, type LinkCheck } from './chain.ts'

/** An event that is not what was written, or does not stand where it was written. */
export interface Fault {
  stream: string
  revision: number
  id: string
  type: string
  /** A clause: "its hash does not match its content". */
  reason: string
}

/** Checks events as they come, each stream against its own chain. */
export interface Audit {
  check(event: RawEvent): Fault | undefined
  readonly streams: number
}

/**
 * Keeps 40 bytes and the name of each stream: where it is and the hash of its last event. After a fault the stream goes on from what is
 * stored, so that one alteration is told once.
 */
export function createAudit(): Audit {
  const slots = new Map<string, number>()
  let ledger = Buffer.alloc(slotBytes * 1024)

  const slotOf = (stream: string): number => {
    const known = slots.get(stream)
    if (known !== undefined) return known
    const slot = slots.size
    if ((slot + 1) * slotBytes > ledger.length) ledger = Buffer.concat([ledger, Buffer.alloc(ledger.length)])
    slots.set(stream, slot)
    ledger.writeDoubleLE(-1, slot * slotBytes)
    return slot
  }

  return {
    get streams() {
      return slots.size
    },

    check(event) {
      const at = slotOf(event.stream) * slotBytes
      const last = ledger.readDoubleLE(at)
      const link: LinkCheck = event.json ? checkLink(event) : { intact: false, reason: 'it is not stored as JSON' }
      const reason = orderFault(event.revision, last) ?? (link.intact ? undefined : link.reason)
      const prev = last < 0 ? '' : ledger.toString('hex', at + 8, at + slotBytes)
      ledger.writeDoubleLE(event.revision, at)
      ledger.write(link.hash ?? illegible, at + 8, 'hex')
      if (reason !== undefined) return faultOf(event, reason)
      if (!link.intact || link.prev === prev || prev === illegible) return undefined
      if (last < 0) return faultOf(event, 'it names an event before it, and there is none')
      return faultOf(event, `prev is not the hash of revision ${last}: one of the two was altered`)
    },
  }
}

const slotBytes = 8 + 32
/** Stands for a hash that could not be read; the fault has been told, and the next event is not blamed for it. */
const illegible = 'f'.repeat(64)

function orderFault(revision: number, last: number): string | undefined {
  const due = last + 1
  if (revision === due) return undefined
  if (revision < due) return `it comes after revision ${last}`
  const missing = revision === due + 1 ? `revision ${due} is` : `revisions ${due} to ${revision - 1} are`
  return `${missing} missing before it`
}

function faultOf({ stream, revision, id, type }: RawEvent, reason: string): Fault {
  return { stream, revision, id, type, reason }
}
