import { PermanentFailure } from '@ponte/contracts'
import fc from 'fast-check'
import { expect, expectTypeOf, test } from 'vitest'
import { createInvestigation } from './investigation.ts'
import { textRows } from './text-rows.ts'

const rows = textRows({
  WRONG: { en: 'No {value}.', pt: 'Não há {value}.', fix: { en: 'Add it.', pt: 'Inclua.' } },
  ODD: { is: 'warning', en: 'odd until {until}', pt: 'estranho até {until}', fix: { en: 'Look.', pt: 'Veja.' } },
  UNSEEN: { en: 'cannot verify', pt: 'não foi possível verificar' },
  SEEN: { is: 'ok', en: 'in use', pt: 'em uso' },
  ABSENT: { is: 'skipped', en: 'nothing to check', pt: 'nada a verificar' },
})

const checks = ['a', 'b', 'c', 'd', 'e', 'f'] as const
const investigation = createInvestigation({
  checks,
  rows,
  ofFailures: { CRM_REJECTED: () => ({ fix: { en: 'Correct {setting}.', pt: 'Corrija {setting}.' } }) },
})
const failure = () => new PermanentFailure('CRM_REJECTED', { context: { status: 422 }, detail: 'LEAD-01' })

/** What a check does, and whether another one that needs it is made afterwards. */
const outcomes = {
  nothing: { lets: true, act: () => undefined },
  seen: { lets: true, act: found => found('SEEN', {}) },
  warning: { lets: true, act: found => found('ODD', { until: 1 }) },
  problem: { lets: false, act: found => found('WRONG', { value: 1 }) },
  unverified: { lets: false, act: found => found('UNSEEN', {}) },
  absent: { lets: false, act: found => found('ABSENT', {}) },
  failure: {
    lets: false,
    act: () => {
      throw failure()
    },
  },
  broken: {
    lets: false,
    act: () => {
      throw new TypeError('of a person')
    },
  },
} as const satisfies Record<string, { lets: boolean; act: (found: Found) => unknown }>
type Found = Parameters<Parameters<ReturnType<typeof investigation.open>['check']>[2]>[0]

const step = fc.record({
  check: fc.constantFrom(...checks),
  needs: fc.uniqueArray(fc.constantFrom(...checks), { maxLength: 3 }),
  outcome: fc.constantFrom('nothing', 'seen', 'warning', 'problem', 'unverified', 'absent', 'failure', 'broken'),
  isBefore: fc.boolean(),
} satisfies Record<string, fc.Arbitrary<unknown>>)

test('in whatever order checks are made, one runs if all that it needs has passed, else it names what has not, and all are listed in their order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(step, { selector: ({ check }) => check }),
      fc.boolean(),
      async (steps, isInTime) => {
        // Those of the installation come first, and the others may need them.
        const ordered = [...steps.filter(each => each.isBefore), ...steps.filter(each => !each.isBefore)]
        const before = investigation.open()
        const findings = investigation.open(before)
        const [made, ran, passed] = [new Set<string>(), new Set<string>(), new Set<string>()]
        for (const { check, needs: wanted, outcome, isBefore } of ordered) {
          const known = isBefore ? before : findings
          const needs = isInTime ? wanted.filter(each => made.has(each)) : wanted
          const mayRun = needs.every(each => passed.has(each))
          await known.check(check, { needs }, found => {
            ran.add(check)
            return outcomes[outcome].act(found)
          })
          expect(ran.has(check)).toBe(mayRun)
          const [result] = known.list().filter(each => each.check === check)
          expect(result?.note === 'AFTER_OTHER_PROBLEM').toBe(!mayRun)
          if (!mayRun) {
            // The root of it: one that ran and did not pass. What was needed before it was made may have passed since.
            const root = String(result?.facts?.['check'])
            if (isInTime) expect([ran.has(root), passed.has(root)]).toEqual([true, false])
          } else if (outcomes[outcome].lets) passed.add(check)
          made.add(check)
          expect(known.lackOf(check) === undefined).toBe(passed.has(check))
        }
        for (const [known, isBefore] of [[before, true] as const, [findings, false] as const]) {
          const own = ordered.filter(each => each.isBefore === isBefore).map(({ check }) => check)
          expect(known.list().map(({ check }) => check)).toEqual(checks.filter(check => own.includes(check)))
        }
      },
    ),
  )
})

test('what was found before a check broke is kept, and a failure is a problem with its code, its facts and its words', async () => {
  const findings = investigation.open()
  const about = { facts: { setting: 'resources' } }
  const value = await findings.check('a', about, found => {
    found('WRONG', { value: 'SQL' })
    throw failure()
  })
  expect(value).toBeUndefined()
  await findings.check('b', {}, found => {
    found('ODD', { until: '2026-11-27T01:04:29.999Z' })
    throw new TypeError('of a person')
  })
  await findings.check('c', {}, () => {
    throw new Error('Connection is closed.')
  })
  const listed = findings.list()
  expect(listed).toEqual([
    { check: 'a', status: 'problem', problem: 'WRONG', facts: { value: 'SQL' } },
    {
      check: 'a',
      status: 'problem',
      problem: 'CRM_REJECTED',
      facts: { status: '422', setting: 'resources' },
      detail: 'LEAD-01',
    },
    { check: 'b', status: 'warning', warning: 'ODD', facts: { until: '2026-11-27T01:04:29.999Z' } },
    { check: 'b', status: 'not-checkable', note: 'CHECK_BROKE', facts: { error: 'TypeError' } },
    { check: 'c', status: 'problem', problem: 'STATE_UNAVAILABLE', facts: {} },
  ])
  const explained = listed.map(each => investigation.explain(each, { language: 'en', timeZone: 'America/Sao_Paulo' }))
  expect(explained).toEqual([
    { what: 'No SQL.', remedy: 'Add it.' },
    {
      what: expect.stringMatching(/\w\. \(status=422, setting=resources\)$/),
      remedy: 'Correct resources. More: docs/failures.md#crm_rejected',
    },
    { what: 'odd until 26 Nov 2026, 22:04:29', remedy: 'Look.' },
    { what: 'cannot verify: the check itself broke (TypeError); please report it' },
    { what: 'Redis did not answer while this was checked, or refused it.', remedy: 'Fix Redis, and check again.' },
  ])
})

test('a check of several steps passes if each of them does, and says once what it lacks', async () => {
  const findings = investigation.open()
  expect(await findings.check('b', {}, () => 'answer')).toBe('answer')
  expect(findings.list()).toEqual([{ check: 'b', status: 'ok' }])
  await findings.check('b', {}, (_found, lacks) => lacks('a'))
  await findings.check('b', { needs: ['a'] }, () => undefined)
  const skipped = { status: 'skipped', note: 'AFTER_OTHER_PROBLEM', facts: { check: 'a' } }
  expect(findings.list()).toEqual([{ check: 'b', ...skipped }])
  await findings.check('c', { needs: ['b'] }, () => undefined)
  expect(findings.list()).toEqual([
    { check: 'b', ...skipped },
    { check: 'c', ...skipped },
  ])
  expect(
    investigation.explain(
      { check: 'c', status: 'skipped', note: 'AFTER_OTHER_PROBLEM', facts: { check: 'a' } },
      { language: 'pt-BR' },
    ),
  ).toEqual({ what: 'não verificado: corrija antes a' })
  expect(investigation.explain({ check: 'c', status: 'ok' }, { language: 'pt-BR' })).toEqual({ what: 'em ordem' })
})

test('a finding without a fact that its row needs does not compile', async () => {
  await investigation.open().check('a', {}, found => {
    type FactsOfWrong = Parameters<typeof found<'WRONG'>>[1]
    expectTypeOf<{ value: string }>().toExtend<FactsOfWrong>()
    expectTypeOf<{ valor: string }>().not.toExtend<FactsOfWrong>()
    expectTypeOf<{ valor: string }>().toExtend<Parameters<typeof found<'UNSEEN' | 'CRM_REJECTED'>>[1]>()
  })
})
