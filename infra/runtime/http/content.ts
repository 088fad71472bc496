import type { Readable } from 'node:stream'

/** What is answered that is not JSON: a text, or bytes that are read as they are sent. */
export type Content = TextContent | StreamedText | Download

export interface TextContent {
  /** With its charset: `text/csv; charset=utf-8`. */
  type: string
  text: string
}

/** A text, JSON too, that is made while it is sent: for what may be too long to have in memory at once. */
export interface StreamedText {
  /** With its charset. */
  type: string
  pieces: AsyncIterable<string>
}

/** Answered with ETag, and with 304, 206 and 416 where the request asks for them (RFC 9110). */
export interface Download {
  type: string
  /** Bytes. */
  size: number
  /** Changes whenever a byte does; without quotes. */
  etag: string
  /** The bytes, or those of a range. Called once, when they are needed; throws a Rejection where they are gone. */
  open(range: ByteRange | undefined): Promise<Readable>
}

/** Both ends are included, and within the size. */
export interface ByteRange {
  start: number
  end: number
}
