import { createServer } from 'node:http'
import { onTestFinished } from 'vitest'

/** An id that no record of the sandbox has. */
export const OTHER_ID = '00000000-0000-4000-8000-00000000dead'

/** The problems in the JSON of `doctor`, as `check PROBLEM`. */
export function problemsIn({ findings }: { findings: { check: string; status: string; problem?: string }[] }) {
  return findings.filter(({ status }) => status === 'problem').map(({ check, problem }) => `${check} ${problem}`)
}

/** A server that gives every request the same answer until the test ends. */
export async function answerAll(status: number, body = '{}', { port = 0, delayMs = 0 } = {}) {
  const server = createServer((_request, response) => setTimeout(() => response.writeHead(status).end(body), delayMs))
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  const address = server.address()
  const listening = address !== null && typeof address === 'object' ? address.port : port
  const close = () => new Promise<void>(resolve => server.close(() => resolve()))
  onTestFinished(close)
  return { url: `http://127.0.0.1:${listening}`, close }
}

/** Sends JSON and reads JSON, as a client of RD Station's API does. */
export async function sendJson(url: string, body: object, headers: Record<string, string> = {}, method = 'POST') {
  const sent = { method, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }
  return JSON.parse(await (await fetch(url, sent)).text())
}

/** What the owner of the account of the sandbox may do at RD Station. */
export async function rdAuthorization(rdUrl: string): Promise<{ readonly authorization: string }> {
  const app = { client_id: 'demo-client', client_secret: 'demo-secret', refresh_token: 'demo-refresh' }
  return { authorization: `Bearer ${(await sendJson(`${rdUrl}/auth/token`, app)).access_token}` }
}
