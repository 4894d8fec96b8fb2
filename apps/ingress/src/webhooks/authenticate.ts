import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Tenant } from '@ponte/runtime'

/** The systems that deliver. */
export type Source = 'rd-station' | 'totvs-crm'

export interface Credentials {
  /** As the URL names it; may name nobody. */
  readonly tenant: string
  readonly source: Source
  readonly headers: IncomingHttpHeaders
  readonly query: unknown
}

/** Undefined when no token of the tenant and source was presented, or when there is no such tenant. */
export type Authenticate = (credentials: Credentials) => Tenant | undefined

interface Connection {
  readonly tenant: Tenant
  readonly digests: Readonly<Record<Source, readonly Buffer[]>>
}

/** At most two are valid at once. A token more or less must not show in the time that an answer takes. */
const TOKENS_PER_SOURCE = 2

/**
 * Checks webhook tokens. The result does the same work for a wrong token, for none and for an unknown tenant: every presented token is hashed and compared with as many digests of equal length.
 */
export function createAuthenticate(tenants: readonly Tenant[]): Authenticate {
  const connections = new Map(tenants.map(tenant => [tenant.name, toConnection(tenant)]))
  const nobody = [randomBytes(32), randomBytes(32)]
  return ({ tenant, source, headers, query }) => {
    const connection = connections.get(tenant)
    const valid = matches(presentedTokens(headers, query), connection?.digests[source] ?? nobody)
    return connection && valid ? connection.tenant : undefined
  }
}

function toConnection(tenant: Tenant): Connection {
  const { rdStation, totvsCrm } = tenant.settings.webhookTokens
  const digests = (tokens: readonly string[]): Buffer[] =>
    Array.from({ length: TOKENS_PER_SOURCE }, (_unused, index) => {
      const token = tokens[index]
      return token === undefined ? randomBytes(32) : digest(Buffer.from(token))
    })
  return { tenant, digests: { 'rd-station': digests(rdStation), 'totvs-crm': digests(totvsCrm) } }
}

/** All places where a token may stand, empty where none does; no token is empty, so that an empty one matches nothing. */
function presentedTokens({ apitoken, authorization }: IncomingHttpHeaders, query: unknown): readonly Buffer[] {
  const inQuery = typeof query === 'object' && query !== null && 'token' in query ? query.token : undefined
  const fromUrl = typeof inQuery === 'string' ? inQuery : ''
  return [
    fromHeader(typeof apitoken === 'string' ? apitoken : ''),
    fromHeader(/^bearer +(.+)$/i.exec(authorization ?? '')?.[1] ?? ''),
    Buffer.from(fromUrl),
    // A "+" that was pasted into a URL as it is arrives as a space.
    Buffer.from(fromUrl.replaceAll(' ', '+')),
  ]
}

/** Node.js reads the bytes of a header as Latin-1; a token is UTF-8. */
const fromHeader = (value: string): Buffer => Buffer.from(value, 'latin1')

/** No early end: every pair is compared. */
function matches(tokens: readonly Buffer[], digests: readonly Buffer[]): boolean {
  let found = 0
  for (const token of tokens) {
    const presented = digest(token)
    for (const known of digests) found |= Number(timingSafeEqual(presented, known))
  }
  return found === 1
}

const digest = (token: Buffer): Buffer => createHash('sha256').update(token).digest()
