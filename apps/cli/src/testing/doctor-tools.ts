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
