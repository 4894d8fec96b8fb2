import type { RdStationClient } from '@ponte/clients'
import { crmLead, crmOpportunity, type RdFunnel, TransientFailure } from '@ponte/contracts'
import { expect, test, vi } from 'vitest'
import { createContactStates } from '@ponte/operations'
import { findUnmarkedEnds } from './ask-rd-station.ts'

type FindFunnel = RdStationClient['findFunnel']

const lead = crmLead.parse({ id: 'lead', name: 'Ana', emails: [{ email: 'ana@cliente.example' }] })
const opportunity = crmOpportunity.parse({ id: 'won', status: 'WON', leadId: lead.id })
const shown: RdFunnel = { opportunity: true, lifecycle_stage: 'Lead' }
const outage = new TransientFailure('RD_UNAVAILABLE', { system: 'rd-station' })

const ask = (findFunnel: FindFunnel) =>
  findUnmarkedEnds(
    { opportunities: [opportunity], leadsShown: new Set() },
    {
      crm: { getLead: async () => lead },
      states: createContactStates({
        findFunnel,
        findContact: async () => undefined,
        listMarkTimes: async () => ({ times: [], aheadMs: 0 }),
      }),
    },
  )

test('an outage of a moment leaves no end unasked, and a long one is named', async () => {
  const afterOutage = vi.fn<FindFunnel>().mockRejectedValueOnce(outage).mockResolvedValue(shown)
  const down = vi.fn<FindFunnel>().mockRejectedValue(outage)
  expect(await Promise.all([ask(afterOutage), ask(down)])).toEqual([
    { ids: ['won'], unasked: 0 },
    { ids: [], unasked: 1, code: 'RD_UNAVAILABLE' },
  ])
})
