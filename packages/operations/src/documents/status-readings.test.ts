import { expect, test } from 'vitest'
import { bridgeOfTenants, type TenantState } from '../bridge/read-bridge.ts'
import { statusDocument } from './status-document.ts'
import { readStatusDocument, toStatusDocument } from './status-readings.ts'

const now = Date.parse('2026-11-30T12:00:00.000Z')
const minute = 60_000

/** Everything that a tenant can have. */
const whole: TenantState = {
  tenant: 'acme',
  connections: [
    {
      ...{ tenant: 'acme', system: 'totvs-crm', state: 'ok', last: { success: now - 1, delivery: now - 2 } },
      refused: {
        ...{ first: now - minute, last: now, alertFrom: now + minute, isMany: true },
        reasons: { 'wrong-token': 10, 'too-large': 2 },
      },
    },
    {
      ...{ tenant: 'acme', system: 'rd-station', state: 'down', code: 'RD_UNAVAILABLE', status: 503 },
      ...{ since: now - minute, until: now + minute, last: {} },
    },
  ],
  failed: 5,
  quarantined: 2,
  waiting: 3,
  waitingForPerson: 1,
  oldestWaitingMs: 61_234,
  delayed: 4,
  paused: ['rd-station'],
  hasWorker: false,
  drift: [
    { what: 'member-gone', kind: 'crm.opportunity.won', member: 'value', since: now - minute },
    { what: 'unknown-value', kind: 'rd.webhook', member: 'form', value: 'X', since: now - minute },
  ],
  mode: { mode: 'shadow', since: now - 2 * minute, shadowSince: now - 2 * minute, isGoingLive: true },
  reconciled: { at: now - minute, missing: 2, sent: 1, needsPerson: true, inARow: 3 },
  concerns: {
    refusedFile: [{ process: 'worker', problems: ['(file): is no YAML'], since: now - minute }],
    oldCredentials: [
      { setting: 'totvsCrm.password', processes: ['board'], isNewestKnown: true, restart: ['npm start'] },
    ],
  },
}

const empty: TenantState = {
  tenant: 'globex',
  connections: [],
  failed: 0,
  quarantined: 0,
  waiting: 0,
  waitingForPerson: 0,
  delayed: 0,
  paused: [],
  hasWorker: undefined,
  drift: [],
  mode: { mode: 'live', since: 0, shadowSince: now - 9 * minute, shadowEndedAt: now - minute, offAt: now - 8 * minute },
}

test('a document says all that was read, and from it the same is read again', () => {
  const failures = [
    { code: 'CRM_REJECTED', tenant: 'acme', queue: 'totvs-crm', count: 5, first: iso(now - 9), last: iso(now) },
  ] as const
  const reading = { state: bridgeOfTenants([whole, empty], { unreadable: ['lost'], now }), failures }
  const sent: unknown = JSON.parse(JSON.stringify(toStatusDocument(reading, 'en')))
  expect(readStatusDocument(statusDocument.parse(sent))).toEqual(reading)
})

const iso = (at: number): string => new Date(at).toISOString()
