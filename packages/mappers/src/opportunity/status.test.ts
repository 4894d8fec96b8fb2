import { expect, test } from 'vitest'
import { outcomeOfStatus, statusFor } from './status.ts'

const statusMap = { PROGRESS: 'open', WON: 'won', LOST: 'lost', DISCARDED: 'ignored' } as const

test.each([
  ['PROGRESS', 'open'],
  ['won', 'won'],
  [' Lost ', 'lost'],
  ['DISCARDED', 'ignored'],
])('the status %s means %s', (status, outcome) => {
  expect(outcomeOfStatus(status, statusMap)).toBe(outcome)
})

test.each([
  { statusMap: { PERDIDA: 'lost', LOST: 'lost', GANHA: 'won' }, lost: 'LOST', won: 'GANHA', open: 'PROGRESS' },
  {
    statusMap: { CANCELADA: 'ignored', PERDIDA: 'lost', OUTRA: 'lost' },
    lost: 'PERDIDA',
    won: 'WON',
    open: 'PROGRESS',
  },
  {
    statusMap: { Aberta: 'open', ' Progress': 'open', lost: 'lost', 'Ganha ': 'won' },
    lost: 'LOST',
    won: 'Ganha',
    open: 'PROGRESS',
  },
] as const)('a status is written as the CRM of the tenant calls it (%j)', ({ statusMap, lost, won, open }) => {
  expect(statusFor('lost', statusMap)).toBe(lost)
  expect(statusFor('won', statusMap)).toBe(won)
  expect(statusFor('open', statusMap)).toBe(open)
})
