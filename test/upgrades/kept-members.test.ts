import * as state from '@ponte/state'
import { expect, test } from 'vitest'
import { useKept } from '../support/kept/open-kept.ts'
import { testFingerprint as fingerprint } from '../support/kept/writer.ts'

// Members that a version does not know stay when it writes a record: a renamed one would be there under its old name.

const kept = useKept('first.json')

const tenant = 'acme'
const uuid = '5e3a0d1c-0000-4000-8000-000000000001'

/** The JSON that a key of the tenant has now. */
async function stored(...parts: readonly string[]): Promise<unknown> {
  return JSON.parse((await kept.redis.get(state.stateKey(tenant, ...parts))) ?? 'null')
}

test('no member of a record that a lock protects is taken for one of a newer version', async () => {
  // Those that the worker held whose data these are.
  const fenceOf = (name: string): state.Fence => ({ key: state.stateKey(tenant, 'lock', name), token: holder })
  const holder = (await kept.redis.get(state.stateKey(tenant, 'lock', state.leadLock('l1')))) ?? ''
  const leads = state.createLeadLedger(kept.redis, tenant, { fingerprint, fenceOf })
  const marks = state.createMarkLedger(kept.redis, tenant, fenceOf)
  const statuses = state.createStatusLedger(kept.redis, tenant, fenceOf)
  const readings = [
    leads.readingOf('l1'),
    marks.readingOf('o1'),
    marks.contactReadingOf(uuid),
    statuses.readingOf('o1'),
  ]
  const valueOf = await state.read(kept.redis, readings)
  for (const reading of readings) valueOf<unknown>(reading)
  await state.runStep(kept.redis, {
    fences: [state.opportunityLock('o1'), state.leadLock('l1'), state.contactLock(uuid)].map(fenceOf),
    changes: [
      leads.writingOf('l1', {}),
      marks.writingOf(uuid, 'o1', state.neverMarked),
      marks.contactWritingOf(uuid, state.unknownContact),
      statuses.writingOf('o1', {}),
    ],
  })
  expect(await stored('lead', 'l1')).toEqual({})
  expect(await stored('mark', 'o1')).toEqual({ marked: 'none' })
  expect(await stored('contact', uuid)).toEqual({ shown: false, sold: false })
  expect(await stored('status-rd', 'o1')).toEqual({})
})

test('no member of another record is taken for one of a newer version', async () => {
  const episode: state.AlertEpisode = { phase: 'open', tries: 0, refusals: 0, notBefore: 0 }
  await state.createAlertEpisodes(kept.redis, tenant).write('email', 'failures', episode)
  expect(await stored('alert', 'email', 'failures')).toEqual(episode)
  const summary: state.SentSummary = { due: 1, isOver: false, tries: 0, refusals: 0, notBefore: 0 }
  await state.createSummaryRecord(kept.redis, tenant).write('email', summary)
  expect(await stored('summary', 'email')).toEqual(summary)
  const checked: state.DoctorResult = { at: 1, problems: [], variables: '', samples: [] }
  await state.createDoctorResults(kept.redis).write(tenant, checked)
  expect(await stored('doctor')).toEqual(checked)
  const reconciled = { at: 1, missing: 0, sent: 0, needsPerson: false }
  await state.createReconcileRecord(kept.redis, tenant).write(reconciled)
  expect(await stored('reconciled')).toEqual({ ...reconciled, inARow: 0, wholeDay: '2026-01-02' })
  const selfTests = state.createSelfTests(kept.redis, () => 1)
  await selfTests.conclude({ tenant, system: 'rd-station' }, {})
  expect(await stored('self-test', 'rd-station')).toEqual({ askedAt: 1_767_441_600_000, endedAt: 1 })
  await selfTests.conclude('alerts', {})
  expect(JSON.parse((await kept.redis.get('ponte:self-test:alerts')) ?? '')).toEqual({
    askedAt: 1_767_441_600_000,
    endedAt: 1,
  })
})
