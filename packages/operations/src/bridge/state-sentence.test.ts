import { expect, test } from 'vitest'
import type { Connection } from './connections.ts'
import type { BridgeState, TenantState } from './read-bridge.ts'
import { stateSentence } from './state-sentence.ts'

const at = 60_000

const connection = (tenant: string, state: Connection['state']): Connection => ({ tenant, system: 'rd-station', state })

/** A bridge of two tenants where nothing is wrong, except for what is given. */
function bridge({ states = [], ...change }: Partial<BridgeState> & { states?: readonly Connection['state'][] } = {}) {
  const connections = ['acme', 'nova'].map((tenant, index) => connection(tenant, states[index] ?? 'ok'))
  const tenants: TenantState[] = connections.map(each => ({
    tenant: each.tenant,
    connections: [each],
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
  }))
  const nothing = {
    at,
    oldestWaitingSince: null,
    failed: 0,
    quarantined: 0,
    waiting: 0,
    waitingForPerson: 0,
    delayed: 0,
    paused: [],
    withoutWorker: [],
    drift: [],
    refusedFile: [],
    stuckAfterSeconds: 60,
    oldCredentials: [],
    unreadable: [],
  }
  return { tenants, connections, ...nothing, ...change }
}

const minute = 60_000

/** The second connection has a few. */
function alsoRefusing(state: BridgeState): BridgeState {
  const [first, second, ...others] = state.connections
  if (first?.refused === undefined || second === undefined) return expect.unreachable('two connections')
  const few = { ...second, refused: { ...first.refused, isMany: false } }
  return { ...state, connections: [first, few, ...others] }
}

/** The first connection of the bridge gets nothing but deliveries that are refused. */
function refusing(isMany: boolean, change: Parameters<typeof bridge>[0] = {}) {
  const state = bridge(change)
  const refused = { first: 0, last: 1, alertFrom: 2, reasons: { 'wrong-token': 3 }, isMany }
  return { ...state, connections: state.connections.map((each, index) => (index === 0 ? { ...each, refused } : each)) }
}

test.each([
  { what: 'nothing is wrong and nothing waits', state: bridge(), tone: 'good', says: 'All is well' },
  {
    what: 'a connection was never tried',
    state: bridge({ states: ['not-tried'], delayed: 1 }),
    tone: 'warn',
    says: '1 connection without an answered call yet. 1 event is tried again later.',
  },
  {
    what: 'connections were lost and events failed',
    state: bridge({
      states: ['disconnected', 'login-refused'],
      failed: 520,
      waiting: 57,
      oldestWaitingSince: at - minute,
    }),
    tone: 'bad',
    says: '2 connections need you and 520 events failed. Nothing is lost: 57 events wait and go on by themselves.',
  },
  {
    what: 'some deliveries were refused',
    state: refusing(false),
    tone: 'warn',
    says: '1 connection gets only refused deliveries',
  },
  {
    what: 'many deliveries of one source were refused, and a few of another one',
    state: alsoRefusing(refusing(true)),
    tone: 'bad',
    says: '2 connections get only refused deliveries',
  },
  {
    what: 'deliveries are refused again and again, and nobody knows whether something is lost',
    state: refusing(true, { states: ['disconnected'], failed: 2, waiting: 3 }),
    tone: 'bad',
    says: '1 connection needs you, 1 connection gets only refused deliveries, and 2 events failed. 3 events wait and go on by themselves.',
  },
  {
    what: 'events wait for the connection that was lost',
    state: bridge({ states: ['disconnected'], waiting: 57, waitingForPerson: 57 }),
    tone: 'bad',
    says: '1 connection needs you. Nothing is lost: 57 events go on once you reconnect acme.',
  },
  {
    what: 'events wait for a connection that was lost and for a login that is refused',
    state: bridge({ states: ['disconnected', 'login-refused'], waiting: 2, waitingForPerson: 2 }),
    tone: 'bad',
    says: '2 connections need you. Nothing is lost: 2 events go on once you have fixed this.',
  },
  {
    what: 'some wait for a person and others for a system that is down',
    state: bridge({ states: ['disconnected', 'down'], waiting: 57, waitingForPerson: 40 }),
    tone: 'bad',
    says:
      '1 connection needs you. Nothing is lost: 17 events go on by themselves when the connection is back ' +
      'and 40 events go on once you reconnect acme.',
  },
  {
    what: 'one system is down',
    state: bridge({ states: ['down'], waiting: 1, oldestWaitingSince: at - 9 * minute }),
    tone: 'warn',
    says: '1 connection is paused by Ponte. Nothing is lost: 1 event goes on by itself when the connection is back.',
  },
  {
    what: 'a system does not answer to writes and nothing waits',
    state: bridge({ states: ['no-answer-to-writes'] }),
    tone: 'warn',
    says: '1 connection is paused by Ponte. Nothing is lost.',
  },
  {
    what: 'events wait for a moment',
    state: bridge({ waiting: 3, oldestWaitingSince: at - 900 }),
    tone: 'good',
    says: 'All is well. Nothing is lost: 3 events wait and go on by themselves.',
  },
  {
    what: 'events wait for long and nothing is known to hold them up',
    state: bridge({ waiting: 3, oldestWaitingSince: at - 2 * 3_600_000 }),
    tone: 'warn',
    says: '3 events wait, the oldest for 2 hr. Nothing is lost: 3 events wait.',
  },
  {
    what: 'events wait for two minutes where an operator allows five',
    state: bridge({ waiting: 3, oldestWaitingSince: -minute, stuckAfterSeconds: 300 }),
    tone: 'good',
    says: 'All is well. Nothing is lost: 3 events wait and go on by themselves.',
  },
  {
    what: 'an event is retried later',
    state: bridge({ delayed: 1 }),
    tone: 'good',
    says: 'All is well. 1 event is tried again later.',
  },
  {
    what: 'no worker is connected',
    state: bridge({ withoutWorker: ['acme', 'nova'], waiting: 2, waitingForPerson: 2 }),
    tone: 'bad',
    says: 'No worker is connected. Nothing is lost: 2 events go on once you have fixed this.',
  },
  {
    what: 'one tenant has no worker',
    state: bridge({ withoutWorker: ['acme'] }),
    tone: 'bad',
    says: '1 tenant has no worker',
  },
  {
    what: 'a person paused a queue',
    state: bridge({ paused: [{ tenant: 'acme', kind: 'totvs-crm' }], waiting: 2, waitingForPerson: 2 }),
    tone: 'bad',
    says: '1 queue was paused by somebody. Nothing is lost: 2 events go on once you have fixed this.',
  },
  {
    what: 'Redis answers for one tenant of three, so that nobody knows whether anything is lost',
    state: bridge({ unreadable: ['zeta'], failed: 1 }),
    tone: 'bad',
    says: '1 event failed and 1 tenant is in an unknown state: Redis did not answer',
  },
  {
    what: 'Redis does not answer',
    state: { ...bridge({ unreadable: ['acme', 'nova'] }), tenants: [], connections: [] },
    tone: 'bad',
    says: 'Redis does not answer: the state is unknown. Check Redis. Until it is back, nobody knows what failed or what waits.',
  },
  {
    what: 'a vendor has changed an answer',
    state: bridge({
      drift: [{ at: ['acme'], what: 'member-gone', kind: 'crm.lead', member: 'externalId', since: 0 }],
    }),
    tone: 'warn',
    says: '1 change by a vendor to look at',
  },
  {
    what: 'there is no tenant that the user may see',
    state: { ...bridge(), tenants: [], connections: [] },
    tone: 'warn',
    says: 'No tenant to show',
  },
])('when $what, the sentence is true', ({ state, tone, says }) => {
  const { headline, detail, tone: shown } = stateSentence(state, 'en')
  expect([shown, [headline, detail].filter(Boolean).join('. ')]).toEqual([tone, says])
})

test('the sentence stands in Portuguese, with its numbers as they are written there', () => {
  const state = bridge({ states: ['disconnected', 'down'], failed: 1520, waiting: 57, waitingForPerson: 1, delayed: 2 })
  expect(stateSentence(state, 'pt-BR')).toEqual({
    tone: 'bad',
    headline: '1 conexão precisa de você e 1.520 eventos falharam',
    detail:
      'Nada se perdeu: 56 eventos seguem sozinhos quando a conexão voltar, ' +
      '1 evento segue quando você reconectar acme e 2 eventos serão tentados de novo mais tarde.',
  })
})

test('all is not well while a tenant went live without a switch that is still possible, or a reconcile needs a person', () => {
  const { tenants, ...rest } = bridge()
  const withTenants = (change: Partial<TenantState>) => {
    const state = { ...rest, tenants: tenants.map(each => ({ ...each, ...change })) }
    return (['en', 'pt-BR'] as const)
      .map(language => stateSentence(state, language))
      .map(({ tone, headline }) => [tone, headline])
  }
  expect(withTenants({ mode: { mode: 'live', since: 1, shadowSince: 1, shadowEndedAt: 1 } })).toEqual([
    ['bad', '2 tenants went live without ponte switch'],
    ['bad', '2 empresas saíram do modo sombra sem ponte switch'],
  ])
  expect(withTenants({ reconciled: { at: 1, missing: 201, sent: 0, inARow: 1, needsPerson: true } })).toEqual([
    ['bad', '2 reconciles need you'],
    ['bad', '2 reconciliações precisam de você'],
  ])
  expect(withTenants({ mode: { mode: 'live', since: 1, shadowSince: 1, shadowEndedAt: 1, offAt: 1 } })[0]).toEqual([
    'good',
    'All is well',
  ])
})
