import { normalizeIP } from '@fastify/rate-limit'

/** By what attempts are counted: of IPv6 the /64, of which one subscriber has all addresses. */
export const networkOf = (address: string): string => normalizeIP(address)

interface Request {
  readonly ip: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

/**
 * Where an accepted login came from. Behind a proxy that is not named, also by what the proxy says, which it adds at the end of the
 * header. Whoever makes that up is told apart from more clients, never taken for one of another address.
 */
export function originOf({ ip, headers }: Request): string {
  const forwarded = headers['x-forwarded-for']
  const last = String(forwarded ?? '')
    .split(',')
    .at(-1)
  return JSON.stringify([networkOf(ip), last?.trim()])
}
