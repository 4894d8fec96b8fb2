import { expect, test } from 'vitest'
import { parseCrmDelivery } from './crm/parse-crm-delivery.ts'
import type { Delivery } from './delivery.ts'
import { crmEventNames, type DeliveredEvent, events, isRecord, jobs } from '@ponte/contracts'
import { fixtureBytes, fixtureNames } from './fixtures.ts'
import { parseBody } from './body/parse-body.ts'
import { parse } from './testing/rd-bodies.ts'
import { type Expected, rdStation, totvsCrm } from './testing/expected-of-fixtures.ts'

test('every webhook among the fixtures has an expected outcome', () => {
  expect(fixtureNames('rd-webhooks')).toEqual(Object.keys(rdStation).toSorted())
  expect(fixtureNames('totvs-crm').filter(name => name.includes('webhook'))).toEqual(Object.keys(totvsCrm).toSorted())
})

test.each(Object.entries(rdStation))('%s is read as expected', (name, expected) => {
  const body = read(fixtureBytes('rd-webhooks', name), name.endsWith('-form.txt'))
  const delivery = parse(body)
  expect(outcomeOf(delivery)).toStrictEqual(expected)
})

test.each(Object.entries(totvsCrm))('%s is read as expected', (name, expected) => {
  const delivery = parseCrmDelivery(read(fixtureBytes('totvs-crm', name), false))
  expect(outcomeOf(delivery)).toStrictEqual(expected)
})

test.each([...Object.keys(rdStation), ...Object.keys(totvsCrm)])('what %s gives fits into its job', name => {
  expectFit(eventsOf(name))
})

test.each(crmEventNames)('a webhook with the trigger of %s brings that event, which fits into its job', name => {
  const body = read(fixtureBytes('totvs-crm', 'own-webhook-opportunity-lost.json'), false)
  const { description } = events[name].trigger
  const delivery = parseCrmDelivery({ ...(isRecord(body) && body), trigger: { description } })
  expect(outcomeOf(delivery)).toMatchObject([{ event: name }])
  expectFit(delivery.events)
})

function expectFit(delivered: readonly DeliveredEvent[]): void {
  for (const event of delivered) {
    const job = { v: 1, receivedAt: '2026-11-24T12:00:00.000Z', ...event }
    expect(jobs[event.name].data.safeParse(job).error).toBeUndefined()
  }
}

function eventsOf(name: string): DeliveredEvent[] {
  if (name in totvsCrm) return parseCrmDelivery(read(fixtureBytes('totvs-crm', name), false)).events
  const body = read(fixtureBytes('rd-webhooks', name), name.endsWith('-form.txt'))
  return parse(body).events
}

function read(bytes: Buffer, form: boolean): unknown {
  const parsed = parseBody(bytes, { form })
  return parsed.ok ? parsed.body : expect.unreachable('the fixture is not JSON')
}

/** The events, then the quarantined parts, then the ignored parts. */
const outcomeOf = ({ events: delivered, quarantined, ignored }: Delivery): Expected[] => [
  ...delivered.map(event =>
    event.name === 'lead.registered' ? { lead: event.lead } : { event: event.name, opportunityId: event.opportunityId },
  ),
  ...quarantined.map(({ code }) => ({ quarantined: code })),
  ...ignored.map(({ kind }) => ({ ignored: kind })),
]
