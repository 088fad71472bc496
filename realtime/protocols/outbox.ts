/** The peers that have something to write, written to once in a turn of the event loop. */
export class Outbox<P extends { flush(): void }> {
  #peers: P[] = []

  add(peer: P): void {
    if (this.#peers.length === 0) setImmediate(() => this.#flush())
    this.#peers.push(peer)
  }

  #flush(): void {
    const peers = this.#peers
    this.#peers = []
    for (const peer of peers) peer.flush()
  }
}
