import { bridgeOfTenants, type BridgeState } from '@ponte/operations'
import { expect, test } from 'vitest'
import { createPaint } from '../terminal/paint.ts'
import { textsOf } from '../texts/texts.ts'
import { describeStatus } from './status.ts'

type TenantState = BridgeState['tenants'][number]

const now = Date.parse('2026-11-27T01:00:00Z')
const session = { texts: textsOf.en, language: 'en', paint: createPaint(false) } as const

function tenantState(tenant: string, more: Partial<TenantState> = {}): TenantState {
  return {
    tenant,
    failed: 0,
    quarantined: 0,
    waiting: 0,
    waitingForPerson: 0,
    delayed: 0,
    paused: [],
    oldestWaitingSince: null,
    workerConnected: true,
    reconciled: null,
    refusedFileBy: [],
    oldCredentials: [],
    drift: [],
    mode: { mode: 'live', since: 0 },
    connections: [
      { tenant, system: 'totvs-crm', state: 'ok' },
      { tenant, system: 'rd-station', state: 'ok' },
    ],
    ...more,
  }
}

function describe(
  tenants: readonly TenantState[],
  unreadable: string[] = [],
  speaker: Parameters<typeof describeStatus>[2] = session,
): readonly string[] {
  const state = bridgeOfTenants(tenants, { at: now, unreadable, refusedFile: [], stuckAfterSeconds: 60 })
  return describeStatus({ state, failures: [] }, 'UTC', speaker)
}

test('of many tenants those that something is to be said of come first, the others are one line', () => {
  const quiet = ['a', 'b', 'c', 'd'].map(name => tenantState(name))
  const lines = describe([...quiet, tenantState('acme', { waiting: 22, oldestWaitingSince: now - 61_000 })], ['lost'])
  expect(lines).toContain('  22 waiting · oldest: 1 min ago')
  expect(lines.filter(line => /^\S/.test(line)).slice(1)).toEqual([
    '22 events wait.',
    'acme',
    'lost',
    '✓ 4 tenants up to date: a, b, c, d',
    'Times in UTC.',
  ])
})

test('tenants that never made a call are a line of their own, and none of them is up to date', () => {
  const names = ['a', 'b', 'c', 'd']
  const untried = names.map(name =>
    tenantState(name, { connections: [{ tenant: name, system: 'rd-station', state: 'not-tried' }] }),
  )
  const seen = ['e', 'f', 'g', 'h'].map(name => tenantState(name))
  expect(describe([...untried, ...seen])).toEqual([
    ...['4 connections without an answered call yet', ''],
    ...['! 4 tenants without an answered call yet (ponte doctor): a, b, c, d', ''],
    ...['✓ 4 tenants up to date: e, f, g, h', ''],
    'Times in UTC.',
  ])
})

test.each([
  { state: 'ok', says: '✓ RD Station: connected' },
  {
    state: 'disconnected',
    says: '✗ RD Station disconnected: reconnect the account · 3 min ago (RD_X): `ponte connect --tenant acme`',
  },
  {
    state: 'login-refused',
    says: '✗ RD Station refuses the client id or client secret: correct them · for 3 min · next check in 17 sec (RD_X): `ponte doctor --tenant acme`',
  },
  { state: 'down', says: '! RD Station is down · for 3 min · next check in 17 sec (RD_X)' },
  { state: 'throttled', says: '! RD Station asked Ponte to wait · 3 min ago · ends in 17 sec (RD_X)' },
  {
    state: 'no-answer-to-writes',
    says: '! RD Station does not answer to writes · for 3 min · next check in 17 sec (RD_X)',
  },
] as const)('a connection that is $state: $says', ({ state, says }) => {
  const connection = {
    tenant: 'acme',
    system: 'rd-station',
    state,
    since: now - 200_000,
    nextCheck: now + 17_500,
  } as const
  const lines = describe([tenantState('acme', { connections: [{ ...connection, code: 'RD_UNREACHABLE' }] })])
  const moment = state === 'ok' ? '' : ' (since 27 Nov 2026, 00:56:40)'
  expect(lines.map(line => line.replaceAll(' ', ' '))).toContain(`  ${says.replace('RD_X', 'RD_UNREACHABLE')}${moment}`)
})

test.each<[Partial<TenantState>, string]>([
  [{ workerConnected: false }, '  ✗ no worker connected: start one'],
  [{ paused: ['rd-station'] }, '  ✗ TOTVS → RD Station: paused by somebody; resume it on the board'],
  [{ failed: 2 }, '  ✗ 2 events failed:'],
])('what needs a person stands with its tenant: %j', (more, line) => {
  expect(describe([tenantState('acme', more)])).toContain(line)
})

test('refused deliveries are a line with what to do below the connection that works; their tenant is never quiet', () => {
  const refused = {
    ...{ first: now - 300_000, last: now - 200_000, alertFrom: now, isMany: true },
    reasons: { 'no-token': 1, 'wrong-token': 30 },
  }
  const connections = [{ tenant: 'acme', system: 'rd-station', state: 'ok', refused }] as const
  const quiet = ['a', 'b', 'c', 'd'].map(name => tenantState(name))
  const lines = describe([...quiet, tenantState('acme', { connections })])
  const first = lines.indexOf('acme')
  expect(lines.slice(first, first + 5)).toEqual([
    'acme',
    '  ✓ RD Station: connected',
    '  ✗ 31 deliveries in the name of RD Station were refused, and none has been accepted since (1 × no token, 30 × wrong token · last 3 min ago)',
    '      Either RD Station or a test of yours has an old address or token, or somebody is guessing. Compare its webhooks with `webhookTokens.rdStation` in the tenants file. If they agree, nothing of RD Station was refused.',
    '  0 waiting',
  ])
})

test('a tenant whose processes use an old credential is never among the quiet ones', () => {
  const of = { setting: 'totvsCrm.password', isNewestKnown: true }
  const concerned = tenantState('acme', { oldCredentials: [{ ...of, processes: ['worker'], restart: ['npm start'] }] })
  const lines = describe([...['a', 'b', 'c', 'd'].map(name => tenantState(name)), concerned])
  expect(lines).toContain('acme')
  expect(lines.filter(line => line.startsWith('✓')).join('\n')).not.toContain('acme')
})

test('a shadow is named with its beginning, however many tenants are quiet', () => {
  const shadowSince = Date.parse('2026-11-20T10:00:00Z')
  const shadow = tenantState('nova', { mode: { mode: 'shadow', since: shadowSince, shadowSince } })
  const lines = describe([...['a', 'b', 'c', 'd'].map(name => tenantState(name)), shadow])
  expect(lines.join('\n')).toMatch(/nova\n {2}! Shadow since 20 Nov 2026, .*: nothing is written\n/)
})

test('what the last reconcile found is a line, in each language; one that could not compare all is never quiet', () => {
  const found = { at: now - 12 * 60_000, missing: 3, sent: 3, needsPerson: false, inARow: 1 }
  const quiet = ['a', 'b', 'c', 'd'].map(name => tenantState(name))
  const portuguese = { ...session, texts: textsOf['pt-BR'], language: 'pt-BR' } as const
  const tenant = tenantState('acme', { reconciled: found })
  expect(describe([tenant])).toContain('  Reconciled 12 min ago: 3 were missing, sent')
  expect(describe([tenant], [], portuguese)).toContain('  Reconciliado há 12 min: faltavam 3, enviados')
  expect(describe([...quiet, tenant])).not.toContain('acme')
  const unclear = tenantState('acme', { reconciled: { ...found, missing: 0, sent: 0, needsPerson: true } })
  expect(describe([...quiet, unclear])).toContain('acme')
})
