import { expect, test } from 'vitest'
import { parseCrmDelivery } from './crm/parse-crm-delivery.ts'
import type { Delivery } from './delivery.ts'
import { type DeliveredEvent, events, jobs } from '@ponte/contracts'
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
  for (const event of eventsOf(name)) {
    const job = { v: 1, receivedAt: '2026-11-24T12:00:00.000Z', ...event }
    expect(jobs[event.name].data.safeParse(job).error).toBeUndefined()
  }
})

test.each(Object.keys(events))('a webhook among the fixtures brings %s', name => {
  const fixtures = [...Object.keys(rdStation), ...Object.keys(totvsCrm)]
  expect(fixtures.flatMap(eventsOf).map(event => event.name)).toContain(name)
})

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
