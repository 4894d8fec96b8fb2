import { expect, test } from 'vitest'
import { textsOf } from '../texts/texts.ts'
import { describeReconciled } from './reconcile.ts'

test.each([
  ['en', 'acme: since 28 Nov 2026, 23:30:05', '3 changed or converted, nothing is missing'],
  ['pt-BR', 'acme: desde 28/11/2026, 23:30:05', '3 com alteração ou conversão, não falta nada'],
] as const)('the time is that of the time zone of the settings, in %s', (language, title, nothing) => {
  const session = { texts: textsOf[language], language, paint: (_tone: string, text: string) => text }
  const reconciled = {
    since: Date.parse('2026-11-29T02:30:05.000Z'),
    opportunities: { read: 3, missing: 0, sent: 0, trust: 'filter', unread: 0 },
  } as const
  const lines = describeReconciled('acme', reconciled, { isDryRun: false, session, timeZone: 'America/Sao_Paulo' })
  expect(lines.map(line => line.trim())).toEqual(expect.arrayContaining([title, nothing]))
})
