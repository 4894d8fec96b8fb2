import type { Logger } from '../telemetry/logger.ts'

/** What Fastify knows of where a request came from. */
interface Forwarded {
  readonly headers: Readonly<Record<string, unknown>>
  /** Only where proxies are named: the address of the connection, then those that named proxies tell of. */
  readonly ips?: readonly string[] | undefined
}

/** What proxies add (RFC 7239, and the names that came before it). */
const headers = ['x-forwarded-for', 'x-real-ip', 'forwarded'] as const

/**
 * Did a proxy send this request whose word about the address is not taken? Then all who come through it share one address, and one limit.
 * A client can claim it as well: only warn because of it.
 */
export const isFromUnnamedProxy = ({ headers: given, ips = [] }: Forwarded): boolean =>
  ips.length <= 1 && headers.some(name => given[name] !== undefined)

/** Warns once of a proxy that is not named. `setting`: what should name it. */
export function createProxyWarning(log: Pick<Logger, 'warn'>, setting: string): (request: Forwarded) => void {
  let isSaid = false
  return request => {
    if (isSaid || !isFromUnnamedProxy(request)) return
    isSaid = true
    log.warn(
      { setting },
      'a proxy is not named, or sends no X-Forwarded-For: all who come through it count as one address',
    )
  }
}
