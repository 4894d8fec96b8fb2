import type { FastifyInstance } from 'fastify'
import type { World } from '../world.ts'
import { crmRefusals } from './errors.ts'
import { requireTenant } from './login.ts'
import { recordAt, showRecord } from './records.ts'

/** The address in a webhook's `contextUrl` (docs/vendors/totvs-crm.md#address-of-an-opportunity). */
export function addOpportunityReader(app: FastifyInstance, world: World): void {
  app.get<{ Params: { version: string; id: string } }>('/api/:version/opportunity/opportunities/:id', async request => {
    const tenant = requireTenant(world, request)
    const { version, id } = request.params
    const isServed = `/api/${version}/opportunity/opportunities` === tenant.settings.contextUrl
    const found = isServed ? tenant.records.opportunity.find(record => record.id === id) : undefined
    const shown = found && recordAt(found, world.now() - tenant.settings.opportunityShownLateMs)
    if (!shown) throw crmRefusals.notFound('Registro')
    return showRecord(tenant, 'opportunity', shown)
  })
}
