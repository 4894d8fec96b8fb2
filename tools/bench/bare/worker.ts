/** What a good engineer writes in a day: the same calls as Ponte, without a lock, a ledger or a circuit breaker. */
import { createServer } from 'node:http'
import { Worker } from 'bullmq'
import got from 'got'
import { z } from 'zod'
import { pipelineId, stageId, typeId, userId } from '../systems/records.ts'
import { readBareEnvironment } from './settings.ts'

const { connection, queueName, port, concurrency, systemsUrl } = readBareEnvironment()

const login = await got.post(`${systemsUrl}/crm/api/login`, { json: {} })
const crm = got.extend({
  prefixUrl: `${systemsUrl}/crm`,
  responseType: 'json',
  headers: { cookie: String(login.headers['set-cookie']), 'integration-version': 'v1' },
})
const rd = got.extend({
  prefixUrl: `${systemsUrl}/rd`,
  responseType: 'json',
  headers: { authorization: 'Bearer token' },
})

const created = z.object({ id: z.string() })
const leadJob = z.object({ leads: z.tuple([z.looseObject({ uuid: z.string(), email: z.string(), name: z.string() })]) })
const found = z.object({ items: z.array(z.looseObject({ id: z.string() })) })
const markJob = z.object({ opportunityId: z.string() })

async function search(service: string, resource: string, filter: string): Promise<string | undefined> {
  const { body } = await crm.get('api/integration', {
    searchParams: { page: 1, pageSize: 100 },
    headers: { 'integration-service': service, 'integration-resource': resource, 'integration-filter': filter },
  })
  return found.parse(body).items[0]?.id
}
const create = async (service: string, resource: string, json: object): Promise<string> => {
  const headers = { 'integration-service': service, 'integration-resource': resource, 'integration-action': 'create' }
  return created.parse((await crm.post('api/integration', { json, headers })).body).id
}

const update = async (service: string, resource: string, id: string, json: object): Promise<void> => {
  const headers = { 'integration-service': service, 'integration-resource': resource, 'integration-action': 'update' }
  await crm.post('api/integration', { json, headers: { ...headers, 'integration-filter': `{id->eq->${id}}` } })
}

async function bringLead(data: unknown): Promise<void> {
  const { uuid, email, name } = leadJob.parse(data).leads[0]
  const lead = { name, externalId: `rd:${uuid}`, type: 'LEAD', userId, emails: [{ email, standard: true }] }
  const known =
    (await search('customer', 'leads-integration', `{externalId->eq->rd:${uuid}}`)) ??
    (await search('customer', 'leads-integration', `{emails.email->ieq->${email}}`))
  if (known !== undefined) await update('customer', 'leads-integration', known, lead)
  const leadId = known ?? (await create('customer', 'leads-integration', lead))
  const filter = `{leadId->eq->${leadId}}{status->eq->PROGRESS}`
  if ((await search('opportunity', 'opportunities-integration', filter)) !== undefined) return
  await create('opportunity', 'opportunities-integration', {
    ...{ leadId, userId, description: name, status: 'PROGRESS' },
    ...{ pipeline: { id: pipelineId }, stage: { id: stageId }, opportunityType: { id: typeId } },
  })
}

async function markOpportunity(data: unknown): Promise<void> {
  const { opportunityId } = markJob.parse(data)
  const { body } = await crm.get(`api/v11/opportunity/opportunities/${opportunityId}`)
  const { leadId, status } = z.object({ leadId: z.string(), status: z.string() }).parse(body)
  const type = status === 'WON' ? 'SALE' : 'OPPORTUNITY'
  await search('customer', 'leads-integration', `{id->eq->${leadId}}`)
  await rd.post('platform/events', {
    searchParams: { event_type: type.toLowerCase() },
    json: { event_type: type, event_family: 'CDP', payload: { email: `${leadId}@cliente.example` } },
  })
}

const worker = new Worker(queueName, job => (job.name === 'lead' ? bringLead(job.data) : markOpportunity(job.data)), {
  connection,
  concurrency,
})
worker.on('error', () => undefined)
const server = createServer((_request, response) => response.end('{}')).listen(port, '127.0.0.1')
process.on('SIGTERM', () => {
  server.close()
  process.exit(0)
})
