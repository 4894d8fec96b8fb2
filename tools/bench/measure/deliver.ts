import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Address {
  readonly url: string
  readonly token: string
}

/** Sends over kept connections, as a webhook service does. */
export function openSender({ url, token }: Address, connections: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })

  /** Milliseconds until the answer. Throws unless it is a 202. */
  const send = (body: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const startedAt = performance.now()
      const headers = { 'content-type': 'application/json', apiToken: token, 'content-length': Buffer.byteLength(body) }
      const sent = request(url, { method: 'POST', agent, headers }, response => {
        response.resume()
        response.on('end', () =>
          response.statusCode === 202
            ? resolve(performance.now() - startedAt)
            : reject(new Error(`${new URL(url).pathname} answered ${response.statusCode}`)),
        )
      })
      sent.on('error', reject)
      sent.end(body)
    })

  return {
    /** As fast as the connections allow. */
    async flood(bodies: readonly string[]): Promise<void> {
      let next = 0
      const lane = async (): Promise<void> => {
        for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) await send(body)
      }
      await Promise.all(Array.from({ length: connections }, lane))
    },
    /** One every so often, whether or not earlier ones were answered. Milliseconds until each answer. */
    async atRate(perSecond: number, bodies: readonly string[]): Promise<number[]> {
      const startedAt = performance.now()
      const answers: Promise<number>[] = []
      for (const [index, body] of bodies.entries()) {
        const waitMs = startedAt + (index * 1000) / perSecond - performance.now()
        if (waitMs > 0) await sleep(waitMs)
        answers.push(send(body))
      }
      return await Promise.all(answers)
    },
    close: () => agent.destroy(),
  }
}

/** Delivers all of them over this many connections, as fast as these allow. */
export async function deliverAll(address: Address, bodies: readonly string[], connections: number): Promise<void> {
  const sender = openSender(address, connections)
  await sender.flood(bodies)
  sender.close()
}
