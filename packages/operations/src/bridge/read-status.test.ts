import { expect, test } from 'vitest'
import { bridgeOfTenants, type TenantState } from './read-bridge.ts'
import { statusDocument } from '../documents.ts'
import { readStatusDocument, toStatusDocument } from './read-status.ts'

const now = Date.parse('2026-11-30T12:00:00.000Z')
const minute = 60_000

/** Everything that a tenant can have. */
const whole: TenantState = {
  tenant: 'acme',
  connections: [
    {
      ...{ tenant: 'acme', system: 'totvs-crm', state: 'ok', lastSuccess: now - 1, lastDelivery: now - 2 },
      refused: {
        ...{ first: now - minute, last: now, alertFrom: now + minute, isMany: true },
        reasons: { 'wrong-token': 10, 'too-large': 2 },
      },
    },
    {
      ...{ tenant: 'acme', system: 'rd-station', state: 'down', code: 'RD_UNAVAILABLE', httpStatus: 503 },
      ...{ since: now - minute, nextCheck: now + minute },
    },
  ],
  failed: 5,
  quarantined: 2,
  waiting: 3,
  waitingForPerson: 1,
  oldestWaitingSince: now - 61_234,
  delayed: 4,
  paused: ['rd-station'],
  workerConnected: false,
  drift: [
    { what: 'member-gone', kind: 'crm.opportunity.won', member: 'value', since: now - minute },
    { what: 'unknown-value', kind: 'rd.webhook', member: 'form', value: 'X', since: now - minute },
  ],
  mode: {
    ...{ mode: 'shadow', since: now - 2 * minute, shadowSince: now - 2 * minute, isGoingLive: true },
    ...{ isDraining: true, needsSwitch: true, rest: 3, modeOfFile: 'live' },
  },
  reconciled: { at: now - minute, missing: 2, sent: 1, needsPerson: true, inARow: 3 },
  refusedFileBy: ['worker'],
  oldCredentials: [{ setting: 'totvsCrm.password', processes: ['board'], isNewestKnown: true, restart: ['npm start'] }],
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
  oldestWaitingSince: null,
  workerConnected: null,
  reconciled: null,
  refusedFileBy: [],
  oldCredentials: [],
  drift: [],
  mode: { mode: 'live', since: 0, shadowSince: now - 9 * minute, shadowEndedAt: now - minute, offAt: now - 8 * minute },
}

test('a document says all that was read, and from it the same is read again', () => {
  const refusedFile = [{ process: 'worker' as const, problems: ['(file): is no YAML'], since: now - minute }]
  const failures = [
    { code: 'CRM_REJECTED', tenant: 'acme', queue: 'totvs-crm', count: 5, first: now - 9, last: now },
  ] as const
  const reading = {
    state: bridgeOfTenants([whole, empty], { at: now, unreadable: ['lost'], refusedFile, stuckAfterSeconds: 300 }),
    failures,
  }
  const sent = JSON.stringify(statusDocument.encode(toStatusDocument(reading, 'en')))
  expect(readStatusDocument(statusDocument.parse(JSON.parse(sent)))).toMatchObject(reading)
})
