import { createReconcileRecord } from '@ponte/state'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { textsOf } from '../texts/texts.ts'
import { useCliSetUp } from '../testing/use-cli-set-up.ts'
import { describeReconciled, readDuration } from './reconcile.ts'

const cli = useCliSetUp()

test('only a reconcile that looks back as far as the workers do counts as one: it moves the schedule and ends alerts', async () => {
  const tenant = await cli.newTenant({ reconcile: { everyMinutes: 60, lookbackHours: 3 } })
  try {
    const record = createReconcileRecord(tenant.redis, tenant.name)
    const last = { at: 5, missing: 2, sent: 2, needsPerson: false }
    await record.write(last)
    for (const since of ['5m', '179m', '2h'])
      expect(await tenant.run(['reconcile', '--since', since, '--json'])).toMatchObject({ code: 0 })
    expect(await record.read()).toMatchObject({ ...last, inARow: 1 })
    expect(await tenant.run(['reconcile', '--since', '3h', '--dry-run'])).toMatchObject({ code: 0 })
    expect(await record.read()).toMatchObject({ ...last, inARow: 1 })
    expect(await tenant.run(['reconcile', '--since', '3h'])).toMatchObject({ code: 0 })
    expect((await record.read())?.at).toBeGreaterThan(5)
  } finally {
  }
})

test('without a setting, each one counts', async () => {
  const tenant = await cli.newTenant()
  try {
    expect(await tenant.run(['reconcile', '--since', '5m'])).toMatchObject({ code: 0 })
    expect(await createReconcileRecord(tenant.redis, tenant.name).read()).toMatchObject({ missing: 0 })
  } finally {
  }
})

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

const HOUR = 3_600_000

test.each([
  ['90m', 1.5 * HOUR],
  ['36h', 36 * HOUR],
  ['2d', 48 * HOUR],
  ['1m', 60_000],
  ['400d', 400 * 24 * HOUR],
])('%s is a duration', (text, ms) => {
  expect(readDuration(text)).toBe(ms)
})

test.each(['', '0m', '2', '2w', '-1d', '1.5h', '401d', '9601h', '999999m', '1e3m', '٢d', ' 2d', '2d ', '2D', '02d'])(
  '%j is none',
  text => {
    expect(readDuration(text)).toBeUndefined()
  },
)

test('any text is a duration of at most 400 days, or none', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^\d{1,9}[mhd]$/)), text => {
      const ms = readDuration(text)
      expect(ms === undefined || (ms >= 60_000 && ms <= 400 * 24 * HOUR)).toBe(true)
    }),
  )
})
