import type { RdStationClient } from '@ponte/clients'
import { crmLead, crmOpportunity, type RdFunnel, TransientFailure } from '@ponte/contracts'
import { expect, test, vi } from 'vitest'
import { createContactStates } from '@ponte/operations'
import { findMarked, findUnmarkedEnds } from './ask-rd-station.ts'

type FindFunnel = RdStationClient['findFunnel']

const lead = crmLead.parse({ id: 'lead', name: 'Ana', emails: [{ email: 'ana@cliente.example' }] })
const won = crmOpportunity.parse({ id: 'won', status: 'WON', leadId: lead.id })
const shown: RdFunnel = { opportunity: true, lifecycle_stage: 'Lead' }
const outage = new TransientFailure('RD_UNAVAILABLE', { system: 'rd-station' })

const depsOf = (findFunnel: FindFunnel) => ({
  crm: { getLead: async () => lead },
  states: createContactStates({
    findFunnel,
    findContact: async () => undefined,
    listMarkTimes: async () => ({ times: [], aheadMs: 0 }),
  }),
})
const nobody = new Set<string>()

test('an outage of a moment leaves no end unasked, and a long one is named', async () => {
  const ask = (findFunnel: FindFunnel) =>
    findUnmarkedEnds({ opportunities: [won], leadsShown: nobody }, depsOf(findFunnel))
  const afterOutage = vi.fn<FindFunnel>().mockRejectedValueOnce(outage).mockResolvedValue(shown)
  const down = vi.fn<FindFunnel>().mockRejectedValue(outage)
  expect(await Promise.all([ask(afterOutage), ask(down)])).toEqual([
    { ids: ['won'], unasked: 0 },
    { ids: [], unasked: 1, code: 'RD_UNAVAILABLE' },
  ])
})

test.each([
  ['nothing else', [won], nobody, ['won'], ['won']],
  ['an older open opportunity', [won], new Set([lead.id]), [], []],
  ['another end of the same lead', [won, { ...won, id: 'twice' }], nobody, ['won', 'twice'], []],
])(
  'a contact that is shown as an opportunity, where %s explains it',
  async (_what, opportunities, leadsShown, marked, ended) => {
    const deps = depsOf(async () => shown)
    expect(await findMarked({ opportunities, leadsShown, since: 0 }, deps)).toMatchObject({ ids: marked })
    expect(await findUnmarkedEnds({ opportunities, leadsShown }, deps)).toMatchObject({ ids: ended })
  },
)
