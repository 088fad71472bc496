/** Which of `shards` a stream belongs to: FNV-1a of its name, the same in every process and for ever. */
export function shardOf(stream: string, shards: number): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < stream.length; index++) {
    hash = Math.imul(hash ^ stream.charCodeAt(index), 0x01000193)
  }
  // The lowest bits of FNV follow the last character alone.
  hash ^= hash >>> 16
  return (hash >>> 0) % shards
}
