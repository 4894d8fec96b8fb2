import { expect, test } from 'vitest'
import { eventOfJob, identitiesOfJob, identitiesOfSearch } from './event-of-job.ts'

test('a job belongs to the event of its key, and is found by its person', () => {
  const data = { key: 'k', receivedAt: '2026-01-02T03:04:05.000Z', lead: { email: 'Maria@x.example' } }
  expect(eventOfJob({ id: 'j', name: 'lead.registered', data, timestamp: 0 })).toEqual({
    event: 'lead.registered',
    key: 'k',
    receivedAt: '2026-01-02T03:04:05.000Z',
    jobId: 'j',
    identities: ['maria@x.example'],
  })
})

test.each([{ body: '{}' }, 'no object', null])('a job of the data %j is its own event, since it was added', data => {
  expect(eventOfJob({ id: 'j', name: 'delivery', data, timestamp: 0 })).toEqual({
    event: 'delivery',
    key: 'j',
    receivedAt: '1970-01-01T00:00:00.000Z',
    jobId: 'j',
    identities: [],
  })
})

test('a quarantined delivery is found by the people whom its body names', () => {
  const at = '2026-01-02T03:04:05.000Z'
  const body = '{"leads":"maria@x.example'
  const data = { v: 1, receivedAt: at, source: 'rd-station', body, encoding: 'utf8', form: false }
  expect(eventOfJob({ id: 'j', name: 'delivery', data, timestamp: 0 }).identities).toEqual(['maria@x.example'])
})

test.each([
  { typed: ' Maria@X.example ', job: { lead: { email: 'maria@x.example' } } },
  { typed: '+55 (48) 99999-0000', job: { lead: { mobilePhone: '48 999990000' } } },
  { typed: '48999990000', job: { lead: { phone: '+5548999990000' } } },
  { typed: '3f2b-7', job: { opportunityId: '3f2b-7' } },
])('an operator who types "$typed" finds the event', ({ typed, job }) => {
  expect(identitiesOfJob(job).filter(identity => identitiesOfSearch(typed).includes(identity))).toHaveLength(1)
})

test('what is absent or too short to tell people apart is no identity', () => {
  expect(identitiesOfJob({})).toEqual([])
  expect(identitiesOfJob({ lead: { phone: '190', mobilePhone: '' } })).toEqual([])
  expect(identitiesOfSearch('  ')).toEqual([])
})
