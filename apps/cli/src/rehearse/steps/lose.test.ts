import { expect, test } from 'vitest'
import { membersOf } from './lose.ts'

const lost = {
  ...{
    description: 'd',
    leadId: 'l',
    userId: 'u',
    pipeline: { id: 'p' },
    stage: { id: 's' },
    opportunityType: { id: 't' },
  },
  ...{ createdAt: 'c', updatedAt: 'u', lossReason: 'r' },
}

test.each([
  { win: 'api', won: {}, all: 10, missing: ['totalValue'] },
  { win: 'by-hand', won: {}, all: 9, missing: [] },
  { win: 'by-hand', won: { totalValue: 0.01 }, all: 10, missing: [] },
] as const)('a value that nobody had to enter is not missed ($win)', ({ win, won, ...expected }) => {
  expect(membersOf({ lost, won, reason: 1, win })).toEqual(expected)
})
