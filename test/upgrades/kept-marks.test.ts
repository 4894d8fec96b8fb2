import * as state from '@ponte/state'
import { expect, test } from 'vitest'
import { useKept } from '../support/kept/open-kept.ts'
import { testFingerprint as fingerprint } from '../support/kept/writer.ts'

const kept = useKept('first.json')

const tenant = 'acme'
const uuid = '5e3a0d1c-0000-4000-8000-000000000001'
const AT = 1_767_323_045_000
const WRITTEN_AT = 1_767_441_600_000

test('what was marked of an opportunity is kept', async () => {
  const mark: state.MarkRecord = {
    marked: 'won',
    contact: uuid,
    address: 'address-1',
    lead: 'l1',
    person: 'person-1',
    worth: { cents: 129_900 },
    pending: true,
    counted: ['open', 'won'],
    reportedAgain: true,
  }
  const marks = state.createMarkLedger(kept.redis, tenant)
  expect(await state.readOne(kept.redis, marks.readingOf('o1'))).toEqual(mark)
  expect(await marks.peek(['o1', 'o2'])).toEqual([mark, undefined])
  expect(await state.readOne(kept.redis, marks.opportunitiesReadingOf(uuid))).toEqual(['o1'])
})

test('what RD Station was told of a contact is kept, and what is unanswered', async () => {
  const contact: state.ContactRecord = {
    shown: true,
    unmarking: true,
    sold: true,
    opened: { at: AT, newestBefore: AT },
    last: { mark: 'sale', opportunityId: 'o1', at: AT, address: 'address-1', wasShown: true, wasSold: false },
    kept: [{ opportunityId: 'o3', marked: 'lost', worth: { reason: 'price' } }],
    unanswered: {
      mark: 'loss',
      opportunityId: 'o2',
      at: AT + 1000,
      address: 'address-2',
      wasShown: true,
      wasSold: true,
      newestBefore: AT,
      by: 'o2',
      recheckAfter: AT + 3_600_000,
      wasPending: true,
      isCounted: true,
      worth: { reason: 'price' },
    },
  }
  const marks = state.createMarkLedger(kept.redis, tenant)
  expect(await state.readOne(kept.redis, marks.contactReadingOf(uuid))).toEqual(contact)
})

test('Ponte still knows its own marks from those of marketing', async () => {
  const marks = state.createContactMarks(tenant, fingerprint)
  for (const contact of [{ uuid }, { email: 'maria@x.example' }]) {
    const recorded = await state.readOne(kept.redis, marks.readingOf(contact))
    expect(recorded.latestIfOwn()).toBe(WRITTEN_AT)
    expect(recorded.isOwn(WRITTEN_AT)).toBe(true)
    expect(recorded.isOwn(AT)).toBe(false)
  }
})

test('the rounds of a mark and the field statusRD are kept', async () => {
  const status: state.StatusRecord = {
    failing: {
      round: 2,
      code: 'RD_CONTACT_UNKNOWN',
      fingerprint: 'depends-1',
      failedJobs: ['j1', 'j2'],
      retry: 'retry-1',
      next: { jobId: 'round-3-j2', at: AT + 3_600_000 },
    },
    field: {
      text: 'Venda marcada',
      state: 'shown',
      takenAt: AT,
      shown: 'Oportunidade marcada',
      writes: 2,
      fingerprint: 'depends-2',
      followed: true,
      unreadable: { jobId: 'j3', retry: 'retry-2' },
    },
    differs: 'OK: venda registrada',
    kept: 'lost',
    waitsFor: uuid,
  }
  const statuses = state.createStatusLedger(kept.redis, tenant)
  expect(await state.readOne(kept.redis, statuses.readingOf('o1'))).toEqual(status)
  expect(await state.readOne(kept.redis, statuses.failingReadingOf('o1'))).toBe(true)
  expect(await state.createStatusField(kept.redis, tenant).unreadableAt()).toBe('o1')
})

test('what was looked at is kept', async () => {
  const looked = state.createLookedAt(kept.redis, tenant)
  const updatedAt = 1_767_225_600_000
  expect(await looked.newest(9)).toEqual([{ id: 'o1', updatedAt }])
  expect(await looked.timesOf(['o1', 'o2'])).toEqual([updatedAt, undefined])
  expect(await looked.path()).toBe('/api/v11/opportunity/opportunities')
})

test('locks that a worker of this version holds are locks of a later one', async () => {
  const names = [state.opportunityLock('o1'), state.leadLock('l1'), state.contactLock(uuid)]
  const taken = names.map(name => state.acquireLock(kept.redis, [state.stateKey(tenant, 'lock', name)], { waitMs: 0 }))
  expect(await Promise.all(taken)).toEqual([undefined, undefined, undefined])
})
