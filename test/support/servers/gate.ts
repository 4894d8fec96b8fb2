import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** An address in front of a server. While it is closed connections are refused, as when the server is not there. */
export async function openGate() {
  const sockets = new Set<Socket>()
  let target: URL | undefined
  const server = createServer(client => {
    if (target === undefined) {
      client.destroy()
      return
    }
    const upstream = connect(Number(target.port), target.hostname)
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
      from.pipe(to)
    }
  })
  async function listen(port: number): Promise<number> {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('the gate has no port')
    return address.port
  }
  const port = await listen(0)
  return {
    url: `http://127.0.0.1:${port}`,
    /** Whatever comes goes there. */
    pointAt: (url: string): void => {
      target = new URL(url)
    },
    open: () => listen(port),
    /** Cuts every connection, too. */
    close: async (): Promise<void> => {
      const closed = server.listening ? once(server, 'close') : undefined
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
