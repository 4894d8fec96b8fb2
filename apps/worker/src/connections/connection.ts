import { createRdStationClient, createTotvsCrmClient, type CallGuard } from '@ponte/clients'
import type { CrmCatalogEntry, CrmUser, System } from '@ponte/contracts'
import type { Tenant, TenantQueues } from '@ponte/runtime'
import {
  createContactLinks,
  createContactMarks,
  createContactOpportunities,
  createCredentialRefusals,
  createRateLimiter,
  createCircuitBreaker,
  createStatusField,
  createTokenStore,
  type Fingerprint,
  type SecretBox,
} from '@ponte/state'
import type { Redis } from 'ioredis'
import { LRUCache } from 'lru-cache'
import { createSharedCrmSession } from './shared-crm-session.ts'
import { createRdAccount } from './rd-account.ts'

/** How long the CRM's users and lists are taken to be unchanged. Only what was found is kept. */
const CACHE_MS = 60_000

/** One tenant's connection to both systems: what outlives a job. */
export function openConnection({ tenant, queues, redis, box, fingerprint, onUnreadableTokens }: ConnectionOptions) {
  const { name, settings } = tenant
  const { circuitBreaker, retry } = settings
  const store = createTokenStore(redis, name, box, onUnreadableTokens)
  const credentials = credentialsOf(tenant, fingerprint)
  const account = createRdAccount({ redis, tenant, store })
  const openSession = createSharedCrmSession({ redis, tenant, box, credential: credentials['totvs-crm'] })
  const pauses = { probeMs: circuitBreaker.probeSeconds * 1000, maxProbeMs: circuitBreaker.maxProbeSeconds * 1000 }
  return {
    tenant,
    queues,
    redis,
    fingerprint,
    rests: createCircuitBreaker(redis, name, {
      // An outage that one job alone meets must make a rest before the job has no attempt left.
      failureThreshold: Math.min(circuitBreaker.failureThreshold, retry.attempts),
      ...pauses,
    }),
    refusals: createCredentialRefusals(redis, name, pauses),
    /** Fingerprints of what this process logs in with. */
    credentials,
    account,
    pace: createRateLimiter(redis, name, { callsPerMinute: settings.rdStation.callsPerMinute }),
    links: createContactLinks(redis, name, fingerprint),
    contactMarks: createContactMarks(redis, name, fingerprint),
    contactOpportunities: createContactOpportunities(redis, name),
    statusField: createStatusField(redis, name),
    users: new LRUCache<string, CrmUser>({ max: 1000, ttl: CACHE_MS }),
    catalogs: new LRUCache<string, CrmCatalogEntry[]>({ max: 3, ttl: CACHE_MS }),
    /** The two systems, as one job sees them. */
    clients(guard: CallGuard) {
      return {
        crm: createTotvsCrmClient({ settings: settings.totvsCrm, session: openSession(guard), guard }),
        rd: createRdStationClient({ settings: settings.rdStation, tokens: account.tokens(guard), guard }),
      }
    },
  }
}

/**
 * Of everything that decides whether a login is accepted, so that a change of any of it is another credential. Another secret key
 * makes none: what was refused stays refused, and the session at TOTVS CRM the same.
 */
function credentialsOf({ settings }: Tenant, { exact }: Fingerprint): Readonly<Record<System, string>> {
  const { totvsCrm: crm, rdStation: rd } = settings
  return {
    'totvs-crm': exact(JSON.stringify([crm.baseUrl, crm.loginPath, crm.tenant, crm.username, crm.password])),
    'rd-station': exact(JSON.stringify([rd.tokenUrl, rd.clientId, rd.clientSecret, rd.refreshToken])),
  }
}

export interface ConnectionOptions {
  readonly tenant: Tenant
  readonly queues: TenantQueues
  readonly redis: Redis
  readonly box: SecretBox
  readonly fingerprint: Fingerprint
  /** The stored tokens were sealed with another PONTE_SECRET_KEY; the tenants file's are used instead. */
  readonly onUnreadableTokens: () => void
}

export type Connection = ReturnType<typeof openConnection>
