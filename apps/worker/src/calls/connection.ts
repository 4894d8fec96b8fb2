import { type CallGuard, createRdStationClient, createTotvsCrmClient, type ObserveRecord } from '@ponte/clients'
import { watchedRules } from '@ponte/mappers'
import type { CrmCatalogEntry, CrmUser, System } from '@ponte/contracts'
import type { Tenant, TenantQueues } from '@ponte/runtime'
import {
  createCircuitBreaker,
  createCredentialRefusals,
  createLastTimes,
  createRateLimiter,
  createRuleUse,
  createTenantMode,
  createTokenStore,
  type Fingerprint,
  noReplicas,
  type RedisClient,
  type Replicas,
  type SecretBox,
} from '@ponte/state'
import { LRUCache } from 'lru-cache'
import { createSystemHealth } from './system-health.ts'
import { createSharedCrmSession } from './shared-credential.ts'
import { createRdAccount } from './rd-account.ts'

/** How long users and lists of the CRM are cached. Only what was found is cached. */
const CACHE_MS = 60_000

/** What a shadow uses of RD Station's quota at most: the rest is the package's. */
const SHADOW_SHARE = 0.25

/** One tenant's connection to both systems: everything that outlives a job. */
export function openConnection({
  tenant,
  queues,
  redis,
  replicas = noReplicas,
  box,
  fingerprint,
  onUnreadableTokens,
}: ConnectionOptions) {
  const { name, settings } = tenant
  const { circuitBreaker, retry } = settings
  const { callsPerMinute } = settings.rdStation
  const store = createTokenStore(redis, name, box, { onUnreadable: onUnreadableTokens, replicas })
  const credentials = credentialsOf(tenant, fingerprint)
  const ageMs = (): number => performance.now() - (tenant.readAt ?? 0)
  const account = createRdAccount({ redis, tenant, store, ageMs })
  const openSession = createSharedCrmSession({ redis, tenant, box, credential: credentials['totvs-crm'] })
  const pauses = { probeMs: circuitBreaker.probeSeconds * 1000, maxProbeMs: circuitBreaker.maxProbeSeconds * 1000 }
  // Made when a job needs it. It takes the room for all its entries at once, 34 kB, and most tenants are idle.
  let users: LRUCache<string, CrmUser> | undefined
  return {
    tenant,
    queues,
    redis,
    replicas,
    fingerprint,
    breaker: createCircuitBreaker(redis, name, {
      // If only one job meets an outage, the circuit breaker must open before that job runs out of attempts.
      failureThreshold: Math.min(circuitBreaker.failureThreshold, retry.attempts),
      ...pauses,
    }),
    mode: createTenantMode(redis, name),
    health: createSystemHealth({ redis, tenant: name, credentials, mode: settings.mode }),
    refusals: createCredentialRefusals(redis, name, pauses),
    lastTimes: createLastTimes(redis, name),
    /** Fingerprints of the credentials that this process logs in with. */
    credentials,
    account,
    rateLimiter: createRateLimiter(redis, name, { callsPerMinute }),
    shadowRateLimiter: createRateLimiter(redis, name, { callsPerMinute: callsPerMinute * SHADOW_SHARE }),
    ruleUse: createRuleUse(redis, name, watchedRules(settings)),
    get users() {
      return (users ??= new LRUCache<string, CrmUser>({ max: 1000, ttl: CACHE_MS }))
    },
    catalogs: new LRUCache<string, CrmCatalogEntry[]>({ max: 3, ttl: CACHE_MS }),
    /** The clients of both systems, for one job. */
    clients(guard: CallGuard, observe?: ObserveRecord) {
      const observed = observe && { observe }
      return {
        crm: createTotvsCrmClient({ settings: settings.totvsCrm, session: openSession(guard), guard, ...observed }),
        rd: createRdStationClient({ settings: settings.rdStation, tokens: account.tokens(guard), guard, ...observed }),
      }
    },
  }
}

/**
 * Covers everything that decides whether a login is accepted: a change of any of it makes another credential. A new PONTE_SECRET_KEY does
 * not, so a refused credential stays refused and the session in TOTVS CRM stays valid.
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
  readonly redis: RedisClient
  /** Asked to confirm steps that must not be lost. Default: none. */
  readonly replicas?: Replicas
  readonly box: SecretBox
  readonly fingerprint: Fingerprint
  /** The stored tokens cannot be decrypted with this PONTE_SECRET_KEY. Those of the tenants file are used instead. */
  readonly onUnreadableTokens: () => void
}

export type Connection = ReturnType<typeof openConnection>
