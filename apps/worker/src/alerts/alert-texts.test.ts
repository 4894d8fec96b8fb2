import { expect, test } from 'vitest'
import { alertMessage, type TextOptions } from './alert-texts.ts'
import type { AlertFacts } from './read-alert-states.ts'

const options: TextOptions = {
  tenant: 'acme',
  tells: 'started',
  boardUrl: 'https://board.example',
  windowMs: 3_600_000,
  now: 0,
}

test.each<{ facts: AlertFacts; page: string }>([
  { facts: { kind: 'rest', system: 'totvs-crm', rest: undefined }, page: '/stuck' },
  { facts: { kind: 'revoked', system: 'rd-station', rest: undefined }, page: '/stuck' },
  { facts: { kind: 'failures', count: 12, codes: [['CRM_REJECTED', 12]] }, page: '/causes' },
  { facts: { kind: 'quarantine', count: 1, kept: 3 }, page: '/causes' },
])('an alert of $facts.kind leads to the page that tells more, $page', ({ facts, page }) => {
  for (const tells of ['started', 'ended'] as const)
    expect(
      alertMessage(facts, { ...options, tells })
        .text.split('\n')
        .at(-1),
    ).toBe(`https://board.example${page}`)
})

test('one event failed and two events have failed, in both languages', () => {
  const textOf = (count: number): string =>
    alertMessage({ kind: 'failures', count, codes: [['RD_REJECTED', count]] }, { ...options, boardUrl: undefined }).text
  expect(textOf(1)).toBe(
    'Ponte · acme: 1 evento falhou de vez em 60 min: RD_REJECTED ×1.\n' +
      'Ponte · acme: 1 event failed for good within 60 min: RD_REJECTED ×1.',
  )
  expect(textOf(2)).toContain('2 eventos falharam de vez')
  expect(textOf(2)).toContain('2 events failed for good')
})

test.each<{ facts: AlertFacts; pt: string; en: string }>([
  {
    facts: { kind: 'rest', system: 'totvs-crm', rest: undefined },
    pt: 'o descanso do TOTVS CRM acabou: os eventos que esperavam seguem sozinhos.',
    en: 'the rest of TOTVS CRM is over: the events that waited go on by themselves.',
  },
  {
    facts: { kind: 'failures', count: 3, codes: [['CRM_REJECTED', 3]] },
    pt: 'novas falhas são raras de novo: 3 em 60 min. O que já falhou continua em Causas até ser corrigido e reenviado.',
    en: 'new failures are rare again: 3 within 60 min. What has failed stays under Causes until it is mended and retried.',
  },
  {
    facts: { kind: 'quarantine', count: 0, kept: 3 },
    pt: 'nada novo na quarentena há 60 min; o que ela guarda (3) continua lá até ser reenviado ou removido.',
    en: 'nothing new in quarantine for 60 min; what it holds (3) stays until it is retried or removed.',
  },
])('the end of $facts.kind says what becomes of the events, in both languages', ({ facts, pt, en }) => {
  const { text } = alertMessage(facts, { ...options, tells: 'ended', boardUrl: undefined })
  expect(text).toBe(`Ponte · acme: ${pt}\nPonte · acme: ${en}`)
})

test('a system that refuses changes is not called down, and only its own queue is said to rest', () => {
  const rest = { reason: 'down', code: 'CRM_UNAVAILABLE', kind: 'write', since: 0, until: 1 } as const
  const { text } = alertMessage({ kind: 'rest', system: 'totvs-crm', rest: { system: 'totvs-crm', ...rest } }, options)
  expect(text).toContain('o TOTVS CRM recusa alterações e a fila dele descansa')
  expect(text).not.toMatch(/is down|dependem/)
})

test('a login that TOTVS CRM refuses is not told as a revoked connection, and its end too is told', () => {
  const rest = { reason: 'revoked', code: 'CRM_LOGIN_REJECTED', kind: 'read', since: 0, until: 1 } as const
  const facts = { kind: 'revoked', system: 'totvs-crm', rest: { system: 'totvs-crm', ...rest } } as const
  const { text } = alertMessage(facts, options)
  expect(text).toContain('o TOTVS CRM recusa o login ou a sessão do Ponte (CRM_LOGIN_REJECTED). Corrija o usuário')
  expect(text).toContain(
    "TOTVS CRM refuses Ponte's login or session (CRM_LOGIN_REJECTED). Correct the integration user",
  )
  expect(alertMessage(facts, { ...options, tells: 'ended' }).text).toContain('TOTVS CRM accepts Ponte again')
})
