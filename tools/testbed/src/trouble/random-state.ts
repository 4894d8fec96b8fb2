import { crmEventNames, events as catalog } from '@ponte/contracts'
import * as fc from 'fast-check'
import { PATIENCE_MS } from '../patience.ts'
import type { PlantedJob } from './many-failures.ts'

type QueueKind = PlantedJob['kind']
const queueKinds = ['totvs-crm', 'rd-station', 'quarantine'] as const

/** What fails, and with what. `delivery`: what nobody can read. */
const events: readonly { readonly kind: QueueKind; readonly event: string; readonly code: string }[] = [
  { kind: 'totvs-crm', event: 'lead.registered', code: 'CRM_REJECTED' },
  { kind: 'totvs-crm', event: 'lead.registered', code: 'CRM_CONFLICT' },
  ...crmEventNames.map((event, index) => ({
    ...{ kind: catalog[event].destination, event },
    code: ['RD_REJECTED', 'CRM_CONFLICT', 'WITHOUT_CODE'][index % 3] ?? '',
  })),
  { kind: 'quarantine', event: 'delivery', code: 'LEAD_WITHOUT_IDENTITY' },
]

/** `due`: its delay is over. `held`: delayed until the pause of its queue ends, as a probe that failed is. */
const openStates = ['wait', 'wait', 'prioritized', 'delayed', 'due', 'held', 'held', 'active'] as const

export type RandomJob = (typeof events)[number] & {
  readonly state: 'failed' | (typeof openStates)[number]
  /** Failed marks of one opportunity are one failure. */
  readonly opportunity: number
}

const jobs = fc.array(
  fc
    .tuple(
      fc.oneof(
        { weight: 1, arbitrary: fc.constant('failed' as const) },
        { weight: 1, arbitrary: fc.constantFrom(...openStates) },
      ),
      fc.constantFrom(...events),
      fc.nat(2),
    )
    .map(([state, of, opportunity]): RandomJob => ({ ...of, state, opportunity })),
  { minLength: 4, maxLength: 16, size: 'max' },
)

const common = ['ok', 'not-tried', 'down', 'no-answer-to-writes', 'throttled', 'login-refused'] as const
const withAccount = [...common, 'disconnected'] as const

const connection = (states: readonly (typeof withAccount)[number][]) =>
  fc.record({
    state: fc.constantFrom(...states),
    /** A call had succeeded before something went wrong. */
    hasWorked: fc.boolean(),
    hasDelivered: fc.boolean(),
    /** Deliveries that were refused since. */
    refused: fc.constantFrom(0, 0, 3, 12),
  })

/** What `ponte doctor` may have found, and the steps of the checklist that it holds up. */
export const doctorFindings = {
  'rd-token': ['rd-account'],
  'crm-login': ['crm-login', 'values'],
  'crm-stage': ['values'],
  'webhook-token-totvs-crm': ['crm-webhooks'],
} as const
const checks = ['rd-token', 'crm-login', 'crm-stage', 'webhook-token-totvs-crm'] as const

const tenant = fc.record({
  jobs,
  /** The tenants file says live, and since a way back Redis does not: no job is started. */
  needsSwitch: fc.constantFrom(false, false, true),
  paused: fc.subarray([...queueKinds], { maxLength: 2 }),
  hasWorker: fc.oneof(fc.constant(true), fc.boolean()),
  connections: fc.record({
    'totvs-crm': connection(common),
    'rd-station': connection(withAccount),
  }),
  /** Undefined: it was not run. */
  doctor: fc.option(fc.subarray([...checks], { maxLength: 2 }), { nil: undefined }),
})
export type RandomTenant = typeof tenant extends fc.Arbitrary<infer Value> ? Value : never

/** How a retried job ends. `open`: it has not. */
export const retryEnds = ['open', 'done', 'skipped', 'failed', 'removed'] as const
export type RetryEnd = (typeof retryEnds)[number]

/** The state of a whole Ponte, and what people then retry and remove. */
const state = fc.record({
  tenants: fc.array(tenant, { minLength: 3, maxLength: 3 }),
  areAlertsSent: fc.boolean(),
  /** By turns, the cause that is retried, and how its events end. */
  retries: fc.array(fc.record({ cause: fc.nat(), ends: fc.array(fc.constantFrom(...retryEnds), { minLength: 3 }) }), {
    minLength: 2,
    maxLength: 2,
  }),
  /** By turns, the failed event that a person removes afterwards. */
  removals: fc.array(fc.nat(), { minLength: 2, maxLength: 2 }),
})
export type RandomState = typeof state extends fc.Arbitrary<infer Value> ? Value : never

/**
 * Checks some random states, and rejects with the first that fails. One state takes a slow machine minutes, so the usual limit of a
 * property does not hold: it fails what it interrupts before the first state has ended.
 */
export const checkStates = (check: (state: RandomState) => Promise<void>, states: number): Promise<void> =>
  fc.assert(fc.asyncProperty(state, check), {
    numRuns: states,
    endOnFailure: true,
    interruptAfterTimeLimit: 10 * PATIENCE_MS,
  })
