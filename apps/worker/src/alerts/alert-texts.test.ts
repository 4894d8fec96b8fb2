import { systemNames } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { alertMessage, type TextOptions } from './alert-texts.ts'
import type { AlertFacts } from './read-alert-states.ts'

const options: TextOptions = {
  tenant: 'acme',
  notice: 'started',
  boardUrl: 'https://board.example',
  windowMs: 3_600_000,
  now: 0,
}

const works = { tenant: 'acme', system: 'totvs-crm', state: 'ok' } as const

test.each<{ facts: AlertFacts; page: string }>([
  { facts: { kind: 'circuit-breaker', connection: works }, page: '/waiting' },
  { facts: { kind: 'revoked', connection: works }, page: '/waiting' },
  { facts: { kind: 'failures', count: 12, codes: [['CRM_REJECTED', 12]] }, page: '/failures' },
  { facts: { kind: 'quarantine', count: 1, kept: 3 }, page: '/failures' },
  { facts: { kind: 'drift', of: 'crm.lead', drift: [] }, page: '/' },
  { facts: { kind: 'reconcile', reconciled: { missing: 2, sent: 2, inARow: 3 } }, page: '/' },
  { facts: { kind: 'redis-memory', share: 0.52 }, page: '/waiting' },
])('an alert of $facts.kind links to the page with the details, $page', ({ facts, page }) => {
  for (const notice of ['started', 'ended'] as const)
    expect(
      alertMessage(facts, { ...options, notice })
        .text.split('\n')
        .at(-1),
    ).toBe(`https://board.example${page}`)
})

test('one event failed and two events have failed, in both languages, and no mark that has rounds is said to need a person', () => {
  const textOf = (count: number): string =>
    alertMessage({ kind: 'failures', count, codes: [['RD_REJECTED', count]] }, { ...options, boardUrl: undefined }).text
  expect(textOf(1)).toBe(
    'Ponte · acme: Em 60 min, 1 evento falhou: RD_REJECTED ×1. O que ainda tem rodadas o Ponte tenta de novo sozinho; o resto aguarda você.\n' +
      'Ponte · acme: Within 60 min, 1 event failed: RD_REJECTED ×1. Ponte tries again what still has rounds; the rest needs you.',
  )
  expect(textOf(2)).toContain('2 eventos falharam: ')
  expect(textOf(2)).toContain('2 events failed: ')
})

test.each<{ facts: AlertFacts; pt: string; en: string }>([
  {
    facts: { kind: 'circuit-breaker', connection: works },
    pt: 'a pausa automática do TOTVS CRM terminou: os eventos que aguardavam seguem sozinhos.',
    en: 'the pause for TOTVS CRM is over: waiting events continue by themselves.',
  },
  {
    facts: { kind: 'revoked', connection: works },
    pt: 'o TOTVS CRM aceita o Ponte de novo: os eventos que aguardavam seguem sozinhos.',
    en: 'TOTVS CRM accepts Ponte again: waiting events continue by themselves.',
  },
  {
    facts: { kind: 'failures', count: 3, codes: [['CRM_REJECTED', 3]] },
    pt: 'as falhas voltaram ao normal: 3 em 60 min. O que já falhou continua em Falhas até ser corrigido e reenviado.',
    en: 'failures are back to normal: 3 within 60 min. What has failed stays under Failures until it is fixed and retried.',
  },
  {
    facts: { kind: 'quarantine', count: 0, kept: 3 },
    pt: 'das entregas dos últimos 60 min nenhuma está na quarentena, fora as causas silenciadas; o que está nela (3) continua lá até ser reenviado ou removido.',
    en: 'of the deliveries of the last 60 min none is in quarantine, apart from muted causes; what is in it (3) stays until it is retried or removed.',
  },
  {
    facts: { kind: 'drift', of: 'crm.opportunity', drift: [] },
    pt: 'a mudança do TOTVS CRM (oportunidade) não aparece mais, ou virou o padrão: 250 respostas seguidas.',
    en: 'the change by TOTVS CRM (opportunity) is not seen any more, or has been normal for 250 answers.',
  },
  {
    facts: { kind: 'reconcile', reconciled: { missing: 0, sent: 0, inARow: 0 } },
    pt: 'a última reconciliação não achou nada faltando.',
    en: 'the last reconcile found nothing missing.',
  },
  {
    facts: { kind: 'reconcile', reconciled: undefined },
    pt: 'não houve reconciliação em 30 dias: não se sabe se faltam webhooks.',
    en: 'there was no reconcile in 30 days: nobody knows whether webhooks are missing.',
  },
])('the end of $facts.kind says what happens to the events, in both languages', ({ facts, pt, en }) => {
  const { text } = alertMessage(facts, { ...options, notice: 'ended', boardUrl: undefined })
  expect(text).toBe(`Ponte · acme: ${pt}\nPonte · acme: ${en}`)
})

test('a system that does not answer to writes is not called down, and only its own queue is called paused', () => {
  const connection = {
    ...works,
    state: 'no-answer-to-writes',
    code: 'CRM_UNAVAILABLE',
    since: -900_000,
    nextCheck: 1,
  } as const
  const { text } = alertMessage({ kind: 'circuit-breaker', connection }, { ...options, boardUrl: undefined })
  expect(text.split('\n')).toEqual([
    'Ponte · acme: TOTVS CRM não responde a gravações · há 15 min · o próximo evento verifica agora (CRM_UNAVAILABLE). ' +
      'Em pausa automática: RD Station → TOTVS. Nenhum evento se perde.',
    'Ponte · acme: TOTVS CRM does not answer to writes · for 15 min · the next event checks now (CRM_UNAVAILABLE). ' +
      'Paused: RD Station → TOTVS. No event is lost.',
  ])
})

test('a refused login needs a person, and the alert says what to do, since when, and when Ponte looks again', () => {
  const refused = { ...works, state: 'login-refused', code: 'CRM_LOGIN_REJECTED' } as const
  const facts = { kind: 'revoked', connection: { ...refused, since: -180_000, nextCheck: 720_000 } } as const
  const [pt, en] = alertMessage(facts, options).text.split('\n')
  expect(pt).toContain(
    'Ponte · acme: TOTVS CRM recusa o login do Ponte: corrija o usuário da integração ou a senha · há 3 min · próxima verificação em 12 min (CRM_LOGIN_REJECTED). Aguardam até alguém corrigir: ',
  )
  expect(en).toContain(
    "Ponte · acme: TOTVS CRM refuses Ponte's login: correct the integration user or password · for 3 min · next check in 12 min (CRM_LOGIN_REJECTED). On hold until somebody corrects it: ",
  )
})

test.each(['totvs-crm', 'rd-station'] as const)(
  'an alert that %s refuses Ponte says so when it is repeated while the system is down, and names no credential that nobody knows by then',
  system => {
    for (const state of ['down', 'throttled'] as const) {
      const of = { ...works, system, state, code: 'CRM_UNAVAILABLE', httpStatus: 503 } as const
      const connection = { ...of, since: -60_000, nextCheck: 60_000 }
      const { text } = alertMessage({ kind: 'revoked', connection }, { ...options, boardUrl: undefined })
      const name = systemNames[system]
      expect(text.split('\n')).toEqual([
        `Ponte · acme: o ${name} recusou o acesso do Ponte. O painel diz do que a conexão precisa agora.`,
        `Ponte · acme: ${name} refused Ponte's access. The board says what the connection needs now.`,
      ])
    }
  },
)

test('the end of a pause and the end of a refusal are not announced in the same words', () => {
  for (const system of ['totvs-crm', 'rd-station'] as const) {
    const connection = { ...works, system }
    const [pause, refusal] = (['circuit-breaker', 'revoked'] as const).map(kind =>
      alertMessage({ kind, connection }, { ...options, notice: 'ended' }).text.split('\n'),
    )
    expect(pause?.[0]).not.toBe(refusal?.[0])
    expect(pause?.[1]).not.toBe(refusal?.[1])
  }
})
