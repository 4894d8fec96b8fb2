import { identitiesOf, jobs, requireIdentities } from '@ponte/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from '../testing/rd-bodies.ts'

const phoneLike = fc.oneof(
  fc.stringMatching(/^\+?[05]{0,5}[ ()-]{0,2}[\d ()-]{0,16}$/),
  fc.stringMatching(/^[0５５]{0,4}[０-９]{0,12}$/),
  fc.constantFrom('(00) 00000-0000', '+55 0 0', '0800 000 0000', '55 55 5555-5555'),
  fc.string({ unit: 'binary' }),
)
const emailLike = fc.oneof(fc.constantFrom('', ' ', 'null', 'A@B.co ', 'ana@example.com', 'x@x'), fc.emailAddress())
const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined })
const person = fc.record({
  uuid: optional(fc.oneof(fc.uuid(), fc.constantFrom('null', '', '0', 7))),
  email: optional(emailLike),
  mobile_phone: optional(phoneLike),
  personal_phone: optional(phoneLike),
  phone: optional(phoneLike),
})

test('a delivery is accepted exactly when its lead has identities, and the worker finds the same ones in the job', () => {
  fc.assert(
    fc.property(person, fc.boolean(), (lead, isNewer) => {
      const body = isNewer ? { event_type: 'WEBHOOK.CONVERTED', contact: lead } : { leads: [lead] }
      const { events, quarantined, ignored } = parse(body)
      expect(ignored).toEqual([])
      expect(events.length + quarantined.length).toBe(1)
      for (const event of events) {
        const identities = identitiesOf(event.lead) ?? expect.unreachable('accepted without an identity')
        expect(identities.length).toBeGreaterThan(0)
        const data = { v: 1, receivedAt: '2026-01-01T00:00:00.000Z', ...event }
        const job = jobs['lead.registered'].data.parse(JSON.parse(JSON.stringify(data)))
        expect(requireIdentities(job.lead)).toEqual(identities)
        for (const { value } of identities) expect(value.trim()).not.toBe('')
      }
      for (const { code } of quarantined) expect(code).toBe('LEAD_WITHOUT_IDENTITY')
    }),
    { numRuns: 2000 },
  )
})
