import type { TenantOverrides } from '@ponte/testbed'
import { fieldRules, previewRules, routeRules, thinRules, usedRules } from '../../rules/tenants.ts'

/** Pauses that a test can wait for. */
export const swift: TenantOverrides = {
  rdStation: { minContactAgeSeconds: 0, callsPerMinute: 6000 },
  retry: { attempts: 3, firstDelaySeconds: 0.2, maxDelaySeconds: 1 },
  circuitBreaker: { failureThreshold: 5, probeSeconds: 0.3, maxProbeSeconds: 1 },
  statusRd: { rounds: 2, pauseSeconds: 0.5 },
}

/** `BOARD_TIME_ZONE` of the shared Ponte: neither that of the machine nor the default. */
export const sharedTimeZone = 'Asia/Tokyo'

/** A quota in calls a minute, of which a test sees the end. */
export const SHARED_QUOTA = 300

/** Names no discarded and no canceled ones. */
const openWonLost = { PROGRESS: 'open', WON: 'won', LOST: 'lost' } as const

/**
 * The tenants of the Ponte that many files share (`shareCompany`), and what differs in each from `swift`. A tenant is for one test
 * file, or for one part of it.
 */
export const sharedTenants = {
  board: {},
  'circuit-breaker': { circuitBreaker: { failureThreshold: 5, probeSeconds: 0.3, maxProbeSeconds: 0.5 } },
  'command-line': { statusRd: { rounds: 1, pauseSeconds: 0.5 } },
  // An answer that was lost stays lost for as long as an echo needs.
  'echo-of-a-mark': { retry: { attempts: 5, firstDelaySeconds: 2, maxDelaySeconds: 2 } },
  faults: { statusRd: { rounds: 1 }, retry: { attempts: 5, firstDelaySeconds: 0.05 } },
  fields: { ...fieldRules, totvsCrm: { customFields: 'map' } },
  figures: {},
  header: {},
  leads: {},
  'rounds-patient': { statusRd: { rounds: 3, pauseSeconds: 3600 } },
  'rounds-silent': {},
  'lead-identity': {},
  'leads-without-user': { variables: { totvs_crm_default_user: 'sem-papel@demo.example' } },
  // What is tried again comes after 3 s: time enough for the world to move on in between.
  'lost-answers': { retry: { attempts: 5, firstDelaySeconds: 3, maxDelaySeconds: 3 } },
  marks: {},
  'marks-of-new-contacts': { rdStation: { minContactAgeSeconds: 4 } },
  operator: {},
  overview: {},
  preview: previewRules,
  quota: { rdStation: { callsPerMinute: SHARED_QUOTA } },
  reconcile: { reconcile: { segmentation: '1' } },
  'reconcile-otherwise': {},
  // Longer than any test: what goes on earlier does so because of a person.
  reconnect: { circuitBreaker: { failureThreshold: 1, probeSeconds: 3600, maxProbeSeconds: 3600 } },
  'right-credentials': {},
  // An event shows long before that.
  rehearse: { retry: { attempts: 3, firstDelaySeconds: 5, maxDelaySeconds: 5 } },
  'rehearse-otherwise': {},
  'rehearse-slow-webhooks': {},
  'repeated-updates': {},
  rounds: { totvsCrm: { statusMap: openWonLost } },
  routes: routeRules,
  'rule-use': usedRules,
  search: { statusRd: { rounds: 3, pauseSeconds: 3600 } },
  'thin-deliveries': thinRules,
  'thin-deliveries-quota': { ...thinRules, rdStation: { callsPerMinute: SHARED_QUOTA } },
  'thin-deliveries-revoked': { ...thinRules, circuitBreaker: { probeSeconds: 300, maxProbeSeconds: 300 } },
  'set-up': {},
  tokens: { statusRd: { rounds: 1 } },
  'unknown-contact': {},
  'unreadable-field': {},
  'unreadable-field-by-hand': { statusRd: { rounds: 2, pauseSeconds: 3600 } },
} as const satisfies Record<string, TenantOverrides>

export type SharedTenantName = keyof typeof sharedTenants
