import type { ServerWritableStream } from '@grpc/grpc-js'
import type { Failure } from './failure.ts'

type Call = ServerWritableStream<Buffer, Buffer>

/** The sending half of a call, at the pace of its receiver. */
export class Outbox {
  private readonly call: Call
  private wake: (() => void) | undefined
  private readonly closeListeners: (() => void)[] = []
  /** The receiver has gone, or the call has been ended. */
  closed = false

  constructor(call: Call) {
    this.call = call
    const close = (): void => this.close()
    call.on('cancelled', close)
    call.on('close', close)
    call.on('drain', () => this.proceed())
  }

  /** Sends a message. When there is something to wait for before the next one, answers a promise of it. */
  send(message: Buffer): Promise<void> | undefined {
    if (this.closed || this.call.write(message)) return undefined
    return new Promise((resolve) => {
      this.wake = resolve
    })
  }

  onClose(listener: () => void): void {
    this.closeListeners.push(listener)
  }

  end(): void {
    if (this.closed) return
    this.close()
    this.call.end()
  }

  fail(failure: Failure): void {
    if (this.closed) return
    this.close()
    this.call.emit('error', failure)
  }

  private close(): void {
    if (this.closed) return
    this.closed = true
    this.proceed()
    for (const listener of this.closeListeners) listener()
  }

  private proceed(): void {
    const wake = this.wake
    this.wake = undefined
    wake?.()
  }
}
