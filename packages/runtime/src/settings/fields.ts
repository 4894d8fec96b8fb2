import { hkdfSync } from 'node:crypto'
import { isIP } from 'node:net'
import { z } from 'zod'

/** Checks that several settings share. `process-settings.ts` says what each setting means. */

export const port = z.coerce.number().int().min(0).max(65_535)
export const host = z.string().min(1).default('127.0.0.1')
export const webAddress = z.url({ protocol: /^https?$/, error: 'must be an http(s) address' })

/** Cookies belong to a host and all of its paths, and the paths of webhooks are appended. */
export const publicOrigin = z
  .url({ protocol: /^https?$/, error: 'must be an address such as https://ponte.example.com' })
  .refine(text => URL.parse(text)?.href === `${URL.parse(text)?.origin}/`, 'must have no path, query or login')

/** An origin that a secret may be sent to. */
export const secureOrigin = publicOrigin.refine(
  text => text.startsWith('https:') || isThisMachine(URL.parse(text)?.hostname ?? ''),
  'must begin with https://, unless it is on this machine',
)

const isThisMachine = (name: string): boolean =>
  name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(name)

/** The name of a zone of the IANA database that `Intl` accepts. */
export const timeZone = z.string().refine(isTimeZone, 'must be the name of a time zone such as America/Sao_Paulo')

function isTimeZone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

/** Parts that commas separate. Empty parts, such as the one after a last comma, are dropped. */
export const commaList = z.string().transform(text =>
  text
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== ''),
)

/** A key of 32 bytes, as base64 or 64 hex digits. */
export const key = z.string().transform((text, context) => {
  const bytes = readKey(text)
  if (bytes !== undefined) return bytes
  context.addIssue({ code: 'custom', message: 'must be 32 bytes, as base64 or 64 hex digits' })
  return z.NEVER
})

/** 32 bytes, as base64 or 64 hex digits. */
export function readKey(text: string): Buffer | undefined {
  const bytes = /^[0-9a-fA-F]{64}$/.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64')
  return bytes.length === 32 ? bytes : undefined
}

/** The key of the fingerprints when none is set. `secretKey` cannot be derived from it. */
export const deriveFingerprintKey = (secretKey: Buffer): Buffer =>
  Buffer.from(hkdfSync('sha256', secretKey, Buffer.alloc(0), 'ponte fingerprint key v1', 32))

/**
 * Addresses of the reverse proxies in front of a server. Only these proxies are believed about whether the client came over https
 * (`X-Forwarded-Proto`) and from which address (`X-Forwarded-For`).
 */
export const trustedProxies = commaList.refine(
  parts => parts.every(isAddressOrRange),
  'must be addresses or ranges such as 10.0.0.0/8, or "loopback"',
)

/** What Fastify's `trustProxy` takes (package proxy-addr): an address, a range, or the name of a set of ranges. */
function isAddressOrRange(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true
  const [address = '', bits, ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
}
