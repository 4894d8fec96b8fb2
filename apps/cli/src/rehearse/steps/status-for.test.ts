import { expect, test } from 'vitest'
import { statusFor } from './status-for.ts'

test.each([
  { statusMap: { PERDIDA: 'lost', LOST: 'lost', GANHA: 'won' }, lost: 'LOST', won: 'GANHA', open: 'PROGRESS' },
  {
    statusMap: { CANCELADA: 'ignored', PERDIDA: 'lost', OUTRA: 'lost' },
    lost: 'PERDIDA',
    won: 'WON',
    open: 'PROGRESS',
  },
] as const)('a status is written as the CRM of the tenant calls it (%j)', ({ statusMap, lost, won, open }) => {
  expect(statusFor('lost', { statusMap })).toBe(lost)
  expect(statusFor('won', { statusMap })).toBe(won)
  expect(statusFor('open', { statusMap })).toBe(open)
})
