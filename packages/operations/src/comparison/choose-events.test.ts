import { MINUTE_MS } from '@ponte/contracts'
import type { KeptJob } from '@ponte/state'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chooseEvents } from './compare-shadow.ts'

const NOW = Date.parse('2026-11-28T12:00:00Z')
const envelope = (receivedAt: number, key: string) => ({ v: 1, key, receivedAt: new Date(receivedAt).toISOString() })

function leadAt(minutesAgo: number, lead: object, key = 'k'): KeptJob {
  const receivedAt = NOW - minutesAgo * MINUTE_MS
  return {
    id: key,
    queue: 'totvs-crm',
    name: 'lead.registered',
    receivedAt,
    data: { ...envelope(receivedAt, key), lead },
  }
}

test('persons are the same by their uuid or e-mail, and by a telephone only where they have no e-mail', () => {
  const events = [
    leadAt(20, { uuid: 'u1', email: 'a@x.example' }, 'newest'),
    leadAt(30, { uuid: 'u1', email: 'b@x.example' }, 'other address'),
    leadAt(40, { email: 'b@x.example' }, 'by the other address'),
    leadAt(50, { email: 'c@x.example', phone: '+55 34 99000-0000' }, 'same telephone'),
    leadAt(60, { phone: '34 99000 0000' }, 'telephone alone'),
    leadAt(70, { mobilePhone: '(34) 99000-0000' }, 'telephone alone, older'),
  ]
  const { leads, superseded } = chooseEvents(events, NOW)
  expect(leads.map(({ key }) => key)).toEqual(['newest', 'same telephone', 'telephone alone'])
  expect(superseded).toBe(3)
})

test('of a person with an event of the last 10 minutes nothing is compared, one of 10 minutes ago counts', () => {
  const young = chooseEvents([leadAt(9.99, { email: 'a@x.example' }), leadAt(60, { email: 'a@x.example' })], NOW)
  expect([young.leads, young.tooYoung]).toEqual([[], 2])
  expect(chooseEvents([leadAt(10, { email: 'a@x.example' })], NOW).leads).toHaveLength(1)
})

const event = fc.record({ person: fc.integer({ min: 0, max: 4 }), minutesAgo: fc.integer({ min: 0, max: 30 }) })

test('each event is counted once, and each person is compared once at most, by the newest event', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), given => {
      const events = given
        .toSorted((one, other) => one.minutesAgo - other.minutesAgo)
        .map(({ person, minutesAgo }, index) => leadAt(minutesAgo, { email: `${person}@x.example` }, `k${index}`))
      const { leads, superseded, tooYoung, unreadable, opportunities } = chooseEvents(events, NOW)
      expect(leads.length + superseded + tooYoung + unreadable + opportunities.length).toBe(events.length)
      const newest = new Map(
        given.map(({ person }) => [
          person,
          Math.min(...given.filter(each => each.person === person).map(each => each.minutesAgo)),
        ]),
      )
      const compared = [...newest].filter(([, minutesAgo]) => minutesAgo >= 10)
      expect(leads).toHaveLength(compared.length)
      for (const { lead, receivedAt } of leads)
        expect(Date.parse(receivedAt)).toBe(NOW - (newest.get(Number(lead.email?.[0])) ?? 0) * MINUTE_MS)
    }),
  )
})

test('a job of its own, which nobody delivered, counts as nothing', () => {
  const own: KeptJob = { ...leadAt(20, {}), name: 'status-rd.changed' }
  expect(chooseEvents([own], NOW)).toMatchObject({ unreadable: 0, tooYoung: 0, superseded: 0, leads: [] })
})
