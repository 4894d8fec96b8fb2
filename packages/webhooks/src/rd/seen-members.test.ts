import { membersOf, readSeenText } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { converted, lead, parse } from '../testing/rd-bodies.ts'

/** The format, and the watched members that were there. */
function seenIn(part: { readonly seen?: string } | undefined) {
  const { kind, members } = readSeenText(part?.seen) ?? expect.unreachable('nothing was seen')
  return { kind, there: membersOf(kind).filter((_name, bit) => Math.floor(members / 2 ** bit) % 2 === 1) }
}

test('each lead tells which of the watched members its delivery had, by format, also when it goes into quarantine', () => {
  const [one] = parse({ leads: [lead] }).events
  expect(seenIn(one)).toMatchObject({ kind: 'rd.webhook-1', there: expect.arrayContaining(['email', 'uuid']) })
  const [other] = parse({ leads: [{ name: 'Ana', correio: lead.email }] }).quarantined
  expect(other?.code).toBe('LEAD_WITHOUT_IDENTITY')
  expect(seenIn(other)).toEqual({ kind: 'rd.webhook-1', there: ['name'] })
  const [contact] = parse(converted).events
  expect(seenIn(contact)).toMatchObject({
    kind: 'rd.webhook-2',
    there: expect.arrayContaining(['event_type', 'contact.email']),
  })
})

test('a body in another form tells nothing of the members of a lead', () => {
  for (const body of [{ event_type: 'x', contact: {} }, { leads: ['x'] }, 'x'])
    for (const part of parse(body).quarantined) expect(part).not.toHaveProperty('seen')
})
