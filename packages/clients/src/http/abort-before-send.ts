import type { ClientRequest } from 'node:http'

/**
 * Asks `mayLeave` again in the very moment in which the request is handed to its connection, and once more when a new connection
 * stands: a process that stood still in between (a frozen machine, a long pause) is handed what has arrived before its timers
 * and signals run. Nothing is sent, and `onHeldBack` is called, when it says no.
 */
export function abortBeforeSend(request: ClientRequest, mayLeave: () => boolean, onHeldBack: () => void): void {
  const check = (): void => {
    if (request.destroyed || mayLeave()) return
    onHeldBack()
    // At once, so that what waits in the socket is not written.
    request.socket?.destroy()
    request.destroy()
  }
  request.once('socket', socket => {
    check()
    if (!socket.connecting) return
    // What is written meanwhile listens for the same events, from later on.
    socket.once('connect', check)
    socket.once('secureConnect', check)
  })
}
