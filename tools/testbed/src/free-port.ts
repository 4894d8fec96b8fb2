import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below the ports that systems give to outgoing connections (Linux from 32768, others from 49152), which come and go. */
export const FIRST_PORT = 20_000
const LAST_PORT = 31_999
const given = new Set<number>()
/** Processes that run tests beside each other have ports of their own: one that is free may be given to two before either listens. */
const SHARES = 12
const ownShare = Number(process.env['VITEST_POOL_ID'] ?? 0) % SHARES

/** A loopback port that nobody listens on, never the same one twice in one process. */
export async function freePort(): Promise<number> {
  for (;;) {
    const any = randomInt(FIRST_PORT, LAST_PORT + 1)
    const port = any - (any % SHARES) + ownShare
    if (port < FIRST_PORT) continue
    if (given.has(port) || !(await isFree(port))) continue
    given.add(port)
    return port
  }
}

export async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}
