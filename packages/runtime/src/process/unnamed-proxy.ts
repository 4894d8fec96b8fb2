import type { Logger } from '../telemetry/logger.ts'

/** What Fastify knows of where a request came from. */
interface Forwarded {
  readonly headers: Readonly<Record<string, unknown>>
  /** Only where proxies are named: the address of the connection, then the addresses that named proxies report. */
  readonly ips?: readonly string[] | undefined
}

/** Headers that proxies add (RFC 7239, and the names that came before it). */
const headers = ['x-forwarded-for', 'x-real-ip', 'forwarded'] as const

/**
 * Did this request come through a proxy that is not trusted? Then all clients behind that proxy share one address, and one limit. A client
 * can send these headers itself, so this may only cause a warning.
 */
export const isFromUnnamedProxy = ({ headers: given, ips = [] }: Forwarded): boolean =>
  ips.length <= 1 && headers.some(name => given[name] !== undefined)

/** Warns once of a proxy that is not named. `setting`: the setting that should name it. */
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
