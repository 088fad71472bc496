import { ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js'

/** So many messages and bytes may be on their way to the socket at once. */
const WINDOW_MESSAGES = 64
const WINDOW_BYTES = 256 * 1024

/**
 * Lets a call hand over further messages while earlier ones are being written. By itself grpc-js gives HTTP/2 one message
 * at a time, and each costs a system call of its own; several that wait together are written together. Back-pressure
 * stays: when the window is full, the next message waits.
 */
class PipelinedCall extends ServerInterceptingCall {
  private messages = 0
  private bytes = 0
  private held: (() => void) | undefined

  override sendMessage(message: Buffer, proceed: () => void): void {
    this.messages++
    this.bytes += message.length
    super.sendMessage(message, () => this.written(message.length))
    if (this.hasRoom()) proceed()
    else this.held = proceed
  }

  private written(bytes: number): void {
    this.messages--
    this.bytes -= bytes
    const held = this.held
    if (!held || !this.hasRoom()) return
    this.held = undefined
    held()
  }

  private hasRoom(): boolean {
    return this.messages < WINDOW_MESSAGES && this.bytes < WINDOW_BYTES
  }
}

export const pipelined: ServerInterceptor = (_method, call) => new PipelinedCall(call)
