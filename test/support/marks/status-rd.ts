import type { Call, FaultOrder } from '@ponte/testbed'
import { expect } from 'vitest'
import { type Company, patience } from '../company.ts'

const events = { path: '/platform/events', method: 'POST' } as const

/** RD Station refuses every mark that holds this text. */
export const refuseMarks = ({ sandbox }: Company, text: string, more: Partial<FaultOrder> = {}) =>
  sandbox.addFault({
    system: 'rd-station',
    match: { path: events.path, body: text },
    kind: 'status',
    status: 400,
    times: 'forever',
    ...more,
  })

/** How often the mark was sent: each round of a refused one is one call. */
export const countTries = async ({ sandbox }: Company, email: string): Promise<number> =>
  (await sandbox.calls(events)).filter(({ body }) => JSON.stringify(body).includes(email)).length

export const statusRdIn = ({ body }: Call): unknown => {
  const fields = typeof body === 'object' && body !== null && 'customFields' in body ? body.customFields : undefined
  return typeof fields === 'object' && fields !== null && 'statusRD' in fields ? fields.statusRD : undefined
}

/** What Ponte wrote into `statusRD` of the opportunity, in order, refused writes included. */
export const statusRdWrites = async ({ sandbox }: Company, opportunityId: string): Promise<unknown[]> =>
  (await sandbox.calls({ action: 'update', resource: 'opportunities-integration' }))
    .filter(({ integration }) => integration['filter']?.includes(opportunityId))
    .map(statusRdIn)

export const untilStatusRd = (company: Company, opportunity: { id: string }, expected: RegExp): Promise<void> =>
  expect.poll(() => company.statusRdOf(opportunity), patience).toMatch(expected)

/** A matcher such as `expect.stringMatching(…)`. */
interface Matcher {
  asymmetricMatch(other: unknown): boolean
}

/**
 * Ponte wrote these texts, one for each round, and nothing else. Where a round ends before the text of the one before it is written, which a
 * busy machine is enough for, one write says both: so any but the last of a series may be missing.
 */
export async function expectTexts(company: Company, opportunityId: string, texts: readonly Matcher[]): Promise<void> {
  const writes = await statusRdWrites(company, opportunityId)
  let read = 0
  for (const text of texts) if (read < writes.length && text.asymmetricMatch(writes[read])) read += 1
  expect(writes.slice(read)).toEqual([])
  expect(writes.at(-1)).toEqual(texts.at(-1))
  expect(writes.length).toBeGreaterThanOrEqual(texts.filter(text => text === texts.at(-1)).length)
}
