import { driveSandbox, newLead, newOpportunity } from './drive-sandbox.ts'

export async function withLead() {
  const sandbox = await driveSandbox()
  const { body } = await sandbox.crm('POST', 'lead', { action: 'create', body: newLead })
  const leadId: string = body.id
  return { ...sandbox, leadId, lead: async () => (await sandbox.control('GET', `/crm/demo/leads/${leadId}`)).body }
}

export async function withOpportunity() {
  const sandbox = await withLead()
  const { body } = await sandbox.crm('POST', 'opportunity', { action: 'create', body: newOpportunity(sandbox.leadId) })
  const filter = `{id->eq->${body.id}}`
  return {
    ...sandbox,
    opportunityId: String(body.id),
    update: (change: object) => sandbox.crm('POST', 'opportunity', { action: 'update', filter, body: change }),
    opportunity: async () => (await sandbox.control('GET', `/crm/demo/opportunities/${body.id}`)).body,
  }
}
