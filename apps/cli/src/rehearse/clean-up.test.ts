import { expect, test } from 'vitest'
import { mergeCleanUps } from './clean-up.ts'

const lead = { system: 'totvs-crm', kind: 'lead', id: 'l' } as const
const contact = { system: 'rd-station', kind: 'contact', id: 'c' } as const
const unseen = { system: 'rd-station', kind: 'contact', id: null } as const

test('what was left at first is named unless it was removed later', () => {
  const earlier = { removed: [contact], left: [lead, unseen] }
  expect(mergeCleanUps(earlier, { removed: [lead], left: [] })).toEqual({ removed: [contact, lead], left: [unseen] })
  expect(mergeCleanUps(earlier, { removed: [], left: [lead] })).toEqual({ removed: [contact], left: [lead, unseen] })
})
