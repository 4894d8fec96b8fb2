import { bridgeOfTenants, type BridgeState, type Connection } from '@ponte/operations'
import { expect, test } from 'vitest'
import { textOf } from '../../testing/operate.ts'
import { renderConnections } from './connections.ts'
import type { OverviewView } from './reader.ts'

const both = (tenant: string, change: Partial<Connection> = {}): Connection[] => [
  { tenant, system: 'totvs-crm', state: 'ok' },
  { tenant, system: 'rd-station', state: 'ok', ...change },
]
const view: OverviewView = {
  language: 'en',
  now: 100_000,
  causes: [],
  filters: { period: '24h' },
  user: { name: 'ana', role: 'operator' },
}

function render(connections: readonly Connection[], unreadable: string[] = []): string {
  const state: BridgeState = {
    ...bridgeOfTenants([], { at: view.now, unreadable, refusedFile: [], stuckAfterSeconds: 60 }),
    connections,
  }
  return renderConnections(state, view).markup
}

const throttled = { state: 'throttled', code: 'RD_QUOTA_EXCEEDED', since: 90_000, nextCheck: 120_000 } as const
const revoked = { state: 'disconnected', code: 'RD_TOKEN_REVOKED', since: 40_000, nextCheck: 120_000 } as const

test('of thirty tenants the exceptions stand first, those that need somebody before the others, and the rest is folded', () => {
  const fine = Array.from({ length: 28 }, (_, index) => both(`tenant-${index}`)).flat()
  const markup = render([...fine, ...both('busy', throttled), ...both('lost', revoked)], ['away'])
  const [open = '', folded = ''] = markup.split('<details>')
  expect(textOf(open)).toMatch(
    /^ ?Connections lost · RD Station disconnected: reconnect the account · 1 min ago RD_TOKEN_REVOKED Reconnect busy · RD Station asked Ponte to wait · 10 sec ago · ends in 20 sec RD_QUOTA_EXCEEDED away unknown/,
  )
  expect(open).not.toContain('tenant-0')
  expect(textOf(folded)).toContain('58 connections are fine')
  expect(textOf(folded)).toContain('tenant-27 · RD Station ok')
})

test('what was lost is never said to be checked by itself, and nobody has a system asked that asked for a pause', () => {
  expect(textOf(render(both('lost', revoked)))).not.toContain('next check')
  expect(render(both('busy', throttled))).not.toContain('<form')
})

test('a refused login says what a person has to correct', () => {
  const refused = { state: 'login-refused', code: 'RD_CLIENT_REJECTED', since: 40_000, nextCheck: 220_000 } as const
  expect(textOf(render(both('lost', refused)))).toContain(
    'refuses the client id or client secret: correct them · for 1 min · next check in 2 min',
  )
})

test('a connection that is fine says when it last answered: what came since nobody saw', () => {
  expect(textOf(render(both('acme', { lastSuccess: 40_000 })))).toMatch(/acme · RD Station answered 1 min ago ok/)
})

test('a few connections that are fine stand in the open', () => {
  expect(render([...both('acme'), ...both('nova')])).not.toContain('<details>')
})

test('a source whose deliveries are refused stands among the exceptions, also while calls to its system work', () => {
  const refused = {
    ...{ first: 10_000, last: 40_000, alertFrom: 90_000, isMany: true },
    reasons: { 'wrong-token': 30 },
  }
  const fine = Array.from({ length: 9 }, (_, index) => both(`tenant-${index}`)).flat()
  const markup = render([...fine, ...both('busy', throttled), ...both('old', { refused })])
  const [open = '', folded = ''] = markup.split('<details>')
  expect(textOf(open)).toMatch(
    /^ ?Connections old · RD Station 30 deliveries in the name of RD Station were refused, and none has been accepted since \(wrong token · last 1 min ago\) What to do busy/,
  )
  expect(open).toContain('class="bad"')
  expect(textOf(folded)).not.toContain('old · RD Station')
  const few = render(both('old', { refused: { ...refused, isMany: false } }))
  expect(few).toContain('class="warn"')
  expect(textOf(render(both('old', { ...revoked, refused })))).toMatch(
    /disconnected.*30 deliveries in the name of RD Station were refused/,
  )
})

test('a connection that never made a call is not among those that are fine', () => {
  const untried = both('new', { state: 'not-tried' })
  expect(textOf(render(untried))).toMatch(/new · RD Station has answered no call yet Check now new · TOTVS CRM ok/)
  const many = Array.from({ length: 99 }, (_, index) => both(`tenant-${index}`, { state: 'not-tried' })).flat()
  expect(textOf(render(many))).toMatch(/99 connections without an answered call yet .* 99 connections are fine/)
})
