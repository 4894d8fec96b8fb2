import { isIP } from 'node:net'
import { z } from 'zod'

/**
 * Addresses of the reverse proxies in front of a server, separated by commas. Only they are believed when they say that the
 * client came over https (`X-Forwarded-Proto`) and from where (`X-Forwarded-For`).
 */
export const trustedProxies = z
  .string()
  .default('')
  .transform(text =>
    text
      .split(',')
      .map(part => part.trim())
      .filter(part => part !== ''),
  )
  .refine(parts => parts.every(isAddressOrRange), 'must be addresses or ranges such as 10.0.0.0/8, or "loopback"')

/** What Fastify's `trustProxy` takes (package proxy-addr): an address, a range, or the name of a set of ranges. */
function isAddressOrRange(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true
  const [address = '', bits, ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
}
