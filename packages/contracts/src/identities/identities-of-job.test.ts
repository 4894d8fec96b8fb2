import { expect, test } from 'vitest'
import { identitiesOfJob, identitiesOfSearch } from './identities-of-job.ts'

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
