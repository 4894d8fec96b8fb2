import { once } from 'node:events'
import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'

/** How often it asks each server at `/readyz`. */
const CHECK_MS = 250

/** They are about one connection of the two, so they are not passed on. */
const ofOneConnection = new Set(['connection', 'keep-alive', 'transfer-encoding'])
const endToEnd = (headers: IncomingMessage['headers']): IncomingMessage['headers'] =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !ofOneConnection.has(name)))

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
  const closing = new AbortController()
  async function check(): Promise<void> {
    while (!closing.signal.aborted) {
      const answers = await Promise.all(servers.map(isReady))
      const found = servers.filter((_, index) => answers[index])
      // Where none is ready, any may be better than none.
      ready = found.length > 0 ? found : servers
      await sleep(CHECK_MS)
    }
  }
  void check()

  async function pass(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const body = await buffer(incoming)
    turn += 1
    const first = turn % ready.length
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
      closing.abort()
      balancer.close()
      balancer.closeAllConnections()
      agent.destroy()
    },
  }
}
