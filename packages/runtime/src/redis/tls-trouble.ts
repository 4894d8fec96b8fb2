import { isIP } from 'node:net'
import tls from 'node:tls'
import type { RedisAddress, RedisTarget } from '../settings/redis-target.ts'
import type { Logger } from '../telemetry/logger.ts'

/** As long as a connection to Redis may take. */
const ANSWER_MS = 2000

/** Several servers may share an address, each with a certificate of its own: it is asked for by name, which Node.js leaves out. */
export const secureOptions = (host: string): tls.ConnectionOptions => (isIP(host) === 0 ? { servername: host } : {})

/**
 * Why nobody can speak TLS with one of the servers or Sentinels that the settings name, such as a certificate that nobody known has signed.
 * Undefined without TLS, where none can be reached, and when all is well.
 */
export async function findTlsTrouble(target: RedisTarget): Promise<string | undefined> {
  if (!target.tls) return undefined
  const found = await Promise.all(addressesOf(target).map(tryTls))
  return found.find(trouble => trouble !== undefined)
}

/** Logs it. ioredis says of a Sentinel only that its connection is closed. */
export async function warnOfTlsTrouble(target: RedisTarget, log: Logger): Promise<void> {
  const trouble = await findTlsTrouble(target)
  if (trouble !== undefined) log.error({ trouble }, 'redis cannot be reached by TLS')
}

function addressesOf(target: RedisTarget): readonly RedisAddress[] {
  if (target.kind === 'sentinel') return target.sentinels
  return target.kind === 'cluster' ? target.nodes : [target]
}

function tryTls({ host, port }: RedisAddress): Promise<string | undefined> {
  return new Promise(resolve => {
    const socket = tls.connect({ host, port, ...secureOptions(host) })
    const end = (trouble?: string): void => {
      socket.destroy()
      resolve(trouble)
    }
    socket.setTimeout(ANSWER_MS, end)
    socket.once('secureConnect', () => end())
    socket.on('error', (error: NodeJS.ErrnoException) => end(isUnreachable(error) ? undefined : error.message))
  })
}

/** Before TLS begins the operating system says why: of one address by the name of its call, of several by an error without words. */
const isUnreachable = ({ syscall, message }: NodeJS.ErrnoException): boolean => syscall !== undefined || message === ''
