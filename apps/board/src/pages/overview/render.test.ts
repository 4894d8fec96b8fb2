import type { Connection } from '@ponte/operations'
import { expect, test } from 'vitest'
import { bridgeOf, connectionsOf, MINUTE, NOW, revoked, textOf, throttled } from '../../testing/documents.ts'
import { viewOf } from '../../testing/render-page.ts'
import { renderConnections } from './render.ts'

const view = viewOf({ period: '24h' } as const)
const render = (connections: readonly Connection[], unreadable: string[] = []): string =>
  renderConnections(bridgeOf([], { connections, unreadable }), view).markup
const many = (count: number, ofRd: Partial<Connection> = {}) =>
  Array.from({ length: count }, (_, index) => connectionsOf(`tenant-${index}`, ofRd)).flat()
const refused = {
  ...{ first: NOW - 3 * MINUTE, last: NOW - MINUTE, alertFrom: NOW, isMany: true },
  reasons: { 'wrong-token': 30 },
}

test('of thirty tenants the exceptions stand first, those that need somebody before the others, and the rest is folded', () => {
  const markup = render([...many(28), ...connectionsOf('busy', throttled), ...connectionsOf('lost', revoked)], ['away'])
  const [open = '', folded = ''] = markup.split('<details>')
  expect(textOf(open)).toMatch(
    /^ ?Connections lost · RD Station disconnected: reconnect the account · 1 min ago RD_TOKEN_REVOKED Reconnect busy · RD Station asked Ponte to wait · 10 sec ago · ends in 20 sec RD_QUOTA_EXCEEDED away unknown/,
  )
  expect(open).not.toContain('tenant-0')
  expect(textOf(folded)).toMatch(/58 connections are fine .*tenant-27 · RD Station ok/)
  expect(render([...connectionsOf('acme'), ...connectionsOf('nova')])).not.toContain('<details>')
})

test.each([
  ['what was lost is never said to be checked by itself', revoked, /^(?!.*next check)/],
  [
    'a refused login says what a person has to correct',
    { ...revoked, state: 'login-refused', code: 'RD_CLIENT_REJECTED', nextCheck: NOW + 2 * MINUTE },
    /refuses the client id or client secret: correct them · for 1 min · next check in 2 min/,
  ],
  [
    'a connection that is fine says when it last answered: what came since nobody saw',
    { lastSuccess: NOW - MINUTE },
    /acme · RD Station answered 1 min ago ok/,
  ],
  [
    'a connection that never made a call is not among those that are fine',
    { state: 'not-tried' },
    /acme · RD Station has answered no call yet Check now acme · TOTVS CRM ok/,
  ],
  [
    'refused deliveries are said of a connection that was lost as well',
    { ...revoked, refused },
    /disconnected.*30 deliveries in the name of RD Station were refused/,
  ],
] as const)('%s', (_what, change, says) => {
  expect(textOf(render(connectionsOf('acme', change)))).toMatch(says)
})

test('nobody has a system asked that asked for a pause', () => {
  expect(render(connectionsOf('busy', throttled))).not.toContain('<form')
})

test('a source whose deliveries are refused stands among the exceptions, also while calls to its system work', () => {
  const markup = render([...many(9), ...connectionsOf('busy', throttled), ...connectionsOf('old', { refused })])
  const [open = '', folded = ''] = markup.split('<details>')
  expect(textOf(open)).toMatch(
    /^ ?Connections old · RD Station 30 deliveries in the name of RD Station were refused, and none has been accepted since \(wrong token · last 1 min ago\) What to do busy/,
  )
  expect(open).toContain('class="bad"')
  expect(textOf(folded)).not.toContain('old · RD Station')
  expect(render(connectionsOf('old', { refused: { ...refused, isMany: false } }))).toContain('class="warn"')
  expect(textOf(render(many(99, { state: 'not-tried' })))).toMatch(
    /99 connections without an answered call yet .* 99 connections are fine/,
  )
})
