/** Where the adapter tells of what it mended by itself; pino's logger fits. */
export interface LogSink {
  warn(fields: object, message: string): void
  debug(fields: object, message: string): void
}

export const silent: LogSink = { warn: () => undefined, debug: () => undefined }
