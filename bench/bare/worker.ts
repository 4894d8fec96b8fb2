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
const markJob = z.object({ opportunityId: z.string() })

const search = (service: string, resource: string, filter: string): Promise<unknown> =>
  crm.get('api/integration', {
    searchParams: { page: 1, pageSize: 100 },
    headers: { 'integration-service': service, 'integration-resource': resource, 'integration-filter': filter },
  })
const create = async (service: string, resource: string, json: object): Promise<string> => {
  const headers = { 'integration-service': service, 'integration-resource': resource, 'integration-action': 'create' }
  return created.parse((await crm.post('api/integration', { json, headers })).body).id
}

async function bringLead(data: unknown): Promise<void> {
  const { uuid, email, name } = leadJob.parse(data).leads[0]
  await search('customer', 'leads-integration', `{externalId->eq->rd:${uuid}}`)
  await search('customer', 'leads-integration', `{emails.email->ieq->${email}}`)
  const leadId = await create('customer', 'leads-integration', {
    ...{ name, externalId: `rd:${uuid}`, type: 'LEAD', userId, emails: [{ email, standard: true }] },
  })
  await search('opportunity', 'opportunities-integration', `{leadId->eq->${leadId}}{status->eq->PROGRESS}`)
  await create('opportunity', 'opportunities-integration', {
    ...{ leadId, userId, description: name, status: 'PROGRESS' },
    ...{ pipeline: { id: pipelineId }, stage: { id: stageId }, opportunityType: { id: typeId } },
  })
}

async function markOpportunity(data: unknown): Promise<void> {
  const { opportunityId } = markJob.parse(data)
  const { body } = await crm.get(`api/v11/opportunity/opportunities/${opportunityId}`)
  const { leadId } = z.object({ leadId: z.string() }).parse(body)
  await search('customer', 'leads-integration', `{id->eq->${leadId}}`)
  await rd.post('platform/events', {
    searchParams: { event_type: 'opportunity' },
    json: { event_type: 'OPPORTUNITY', event_family: 'CDP', payload: { email: `${leadId}@cliente.example` } },
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
