import { once } from 'node:events'
import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'

/** How often it asks each server at `/readyz`. */
const CHECK_MS = 250

/** Without those that are about one connection of the two. */
const endToEnd = ({ connection, 'keep-alive': keepAlive, 'transfer-encoding': encoding, ...headers }: Headers) =>
  headers
type Headers = IncomingMessage['headers']

/**
 * One address before several servers, as simple balancers have it. It takes turns among those that say that they are ready, and goes on
 * to the next where it could not connect. What was sent once it sends no second time.
 */
export async function openBalancer(servers: readonly string[]) {
  const agent = new Agent({ keepAlive: true })
  let ready: readonly string[] = servers
  let turn = 0

  const isReady = (server: string): Promise<boolean> =>
    fetch(`${server}/readyz`, { signal: AbortSignal.timeout(2000) }).then(
      ({ ok }) => ok,
      () => false,
    )
  const checking = setInterval(() => {
    void Promise.all(servers.map(async server => ((await isReady(server)) ? [server] : []))).then(found => {
      ready = found.flat()
    })
  }, CHECK_MS)

  async function pass(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const body = await buffer(incoming)
    turn += 1
    const first = turn % Math.max(1, ready.length)
    for (const server of [...ready.slice(first), ...ready.slice(0, first)]) {
      const { url = '', method, headers } = incoming
      const outgoing = request(`${server}${url}`, { method, headers: endToEnd(headers), agent })
      outgoing.end(body)
      try {
        const received: IncomingMessage = (await once(outgoing, 'response'))[0]
        answer.writeHead(received.statusCode ?? 502, endToEnd(received.headers)).end(await buffer(received))
        return
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED')) break
      }
    }
    answer.writeHead(502).end()
  }

  // It closes no connection by itself: what its sender puts on one in that moment would be lost.
  const balancer = createServer({ keepAliveTimeout: 0 }, (incoming, answer) => void pass(incoming, answer))
  balancer.listen(0, '127.0.0.1')
  await once(balancer, 'listening')
  const address = balancer.address()
  if (address === null || typeof address === 'string') throw new Error('the balancer has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    close(): void {
      clearInterval(checking)
      balancer.close()
      balancer.closeAllConnections()
      agent.destroy()
    },
  }
}
