import { crmLead } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { createContactStates } from './contact-states.ts'

const UUID = '11111111-1111-4111-8111-111111111111'
const NOON = Date.UTC(2026, 0, 1, 12)
const lead = crmLead.parse({
  id: 'lead',
  name: 'Ana',
  externalId: `rd:${UUID}`,
  emails: [{ email: 'ana@cliente.example' }],
})

test.each([
  ['ahead', 300_000],
  ['behind', -300_000],
])(
  'when a contact was marked last is a time of our clock, also where RD Station’s is five minutes %s',
  async (_where, aheadMs) => {
    const states = createContactStates({
      findFunnel: () => Promise.resolve(undefined),
      findContact: () => Promise.resolve(undefined),
      listMarkTimes: uuid =>
        Promise.resolve({ times: uuid === UUID ? [NOON + aheadMs, NOON - 60_000 + aheadMs] : [], aheadMs }),
    })
    expect(await states.markedAt(lead)).toBe(NOON)
  },
)
