/** In HttpConnection (`_stopConnection`) and HubConnection (`_processHandshakeResponse`) of @microsoft/signalr. */
const known =
  /was called while the connection is still in the connecting state|Expected a handshake response from the server/

/**
 * The published client of SignalR throws where nobody can catch it when its event stream breaks while it connects, and when the WebSocket
 * of a stateful connection breaks while it shakes hands. A browser reports that and goes on, as this lets node do. Gives what ends it.
 */
export function goOnAsBrowsersDo(): () => void {
  const others = process.listeners('uncaughtException')
  const heed = (error: Error, origin: NodeJS.UncaughtExceptionOrigin) => {
    if (known.test(error.message)) return
    if (others.length === 0) throw error
    for (const other of others) other(error, origin)
  }
  for (const other of others) process.off('uncaughtException', other)
  process.on('uncaughtException', heed)
  return () => {
    process.off('uncaughtException', heed)
    for (const other of others) process.on('uncaughtException', other)
  }
}
