/** A row of the table `streams`: the stream's id in the index, and whether the stream is tombstoned. */
export type StreamRow = { id: number; tombstoned: boolean }

const TOMBSTONED = 1

export function readStreamRow(row: Buffer): StreamRow {
  return { id: row.readUInt32BE(0), tombstoned: row[4] === TOMBSTONED }
}

export function streamRow({ id, tombstoned }: StreamRow): Buffer {
  const row = Buffer.alloc(5)
  row.writeUInt32BE(id, 0)
  row[4] = tombstoned ? TOMBSTONED : 0
  return row
}
