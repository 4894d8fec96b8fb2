import { normalizeIP } from '@fastify/rate-limit'

/** The network by which attempts are counted. For IPv6 it is the /64, because one subscriber has all its addresses. */
export const networkOf = (address: string): string => normalizeIP(address)

interface Request {
  readonly ip: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

/**
 * Where an accepted login came from: the network, and the last address of the header, which a proxy adds. So clients behind a proxy that is
 * not named differ. A client that invents the header cannot pass for one of another network.
 */
export function originOf({ ip, headers }: Request): string {
  const forwarded = headers['x-forwarded-for']
  const last = String(forwarded ?? '')
    .split(',')
    .at(-1)
  return JSON.stringify([networkOf(ip), last?.trim()])
}
