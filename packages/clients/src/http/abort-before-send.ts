import type { ClientRequest } from 'node:http'

/**
 * Asks `maySend` once more when the request gets its connection, and again when a new connection is established. When the answer
 * is no, nothing is sent and `onAborted` is called. This is needed after a pause of the process (a frozen machine, a long garbage
 * collection): Node.js then handles network events before the timers and signals that would have stopped the job.
 */
export function abortBeforeSend(request: ClientRequest, maySend: () => boolean, onAborted: () => void): void {
  const check = (): void => {
    if (request.destroyed || maySend()) return
    onAborted()
    // Destroy the socket first, so that nothing that is already buffered is written.
    request.socket?.destroy()
    request.destroy()
  }
  request.once('socket', socket => {
    check()
    if (!socket.connecting) return
    // These listeners run before those that write the request, because they were added first.
    socket.once('connect', check)
    socket.once('secureConnect', check)
  })
}
