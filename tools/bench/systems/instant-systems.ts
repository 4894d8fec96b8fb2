/**
 * Both systems, answering each call at once with the least that a caller needs: measured is Ponte and its bare counterpart, not who
 * answers them. `GET /calls` says how many calls each system has had, `POST /opportunities/WON` ends all opportunities, and
 * `POST /missed` has 300 more that nobody has told of.
 */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { KNOWN, pipelineId, roleId, stageId, typeId, userId } from './records.ts'

const port = Number(process.env['INSTANT_PORT'])

const catalogs: Readonly<Record<string, readonly object[]>> = {
  'users-integration': [
    { id: userId, name: 'Vendas', roleId, active: true, userEmail: [{ email: 'vendas@demo.example' }] },
  ],
  'pipelines-integration': [{ id: pipelineId, description: 'MQL - Marketing Qualified Lead' }],
  'stages-integration': [{ id: stageId, description: 'Abordagem e Investigação', pipelineId }],
  'opportunity-types-integration': [{ id: typeId, description: 'Integração RD Station' }],
}

const calls = { 'totvs-crm': 0, 'rd-station': 0 }
let status = 'PROGRESS'

/** What was missed: opportunities that changed just now, and contacts that converted a while ago and are others each time. */
const [MISSED_OPPORTUNITIES, MISSED_CONTACTS, PAGE] = [300, 100, 100]
const updatedAt = new Date().toISOString()
const convertedAt = new Date(Date.now() - 20 * 60_000).toISOString()
const missedIds: string[] = []

// An opportunity has the id of its lead, and the lead that of its contact.
const leadOf = (id: string) => ({
  ...{ id, externalId: `rd:${id}`, userId },
  emails: [{ email: `${id}@cliente.example`, standard: true }],
})
const opportunityOf = (id: string) => ({ id, status, leadId: id, opportunityType: { id: typeId }, updatedAt })

function itemsOf({ headers }: IncomingMessage): readonly object[] {
  const resource = String(headers['integration-resource'])
  const filter = String(headers['integration-filter'])
  const [, id] = /^\{id->eq->([^}]+)\}/.exec(filter) ?? []
  if (id !== undefined) return [resource === 'opportunities-integration' ? opportunityOf(id) : leadOf(id)]
  const [, known] = new RegExp(`^\\{(?:externalId->eq->rd:|leadId->eq->)(${KNOWN}[^}]+)\\}`).exec(filter) ?? []
  if (known !== undefined) return [resource === 'leads-integration' ? leadOf(known) : opportunityOf(known)]
  return catalogs[resource] ?? []
}

function answer(response: ServerResponse, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

function answerCrm(request: IncomingMessage, response: ServerResponse): void {
  const { method, url = '' } = request
  if (url.startsWith('/crm/api/login'))
    return answer(response, {}, { 'set-cookie': `JSESSIONID=${randomUUID()}; Path=/` })
  calls['totvs-crm'] += 1
  if (method === 'POST') return answer(response, { id: randomUUID() })
  const [, opportunity] = /\/opportunities\/([^/?]+)/.exec(url) ?? []
  if (opportunity !== undefined) return answer(response, opportunityOf(opportunity))
  if (/^\{updatedAt->|^undefined$/.test(String(request.headers['integration-filter'])) && isOfOpportunities(request))
    return answer(response, pageOfMissed(Number(new URL(url, 'http://x').searchParams.get('page'))))
  return answer(response, { items: itemsOf(request), hasNext: false })
}

const isOfOpportunities = ({ headers }: IncomingMessage): boolean =>
  headers['integration-resource'] === 'opportunities-integration'

function pageOfMissed(page: number): object {
  const ids = missedIds.slice((page - 1) * PAGE, page * PAGE)
  return { items: ids.map(opportunityOf), hasNext: page * PAGE < missedIds.length }
}

function answerRd({ method, url = '' }: IncomingMessage, response: ServerResponse): void {
  if (url.startsWith('/rd/auth/token'))
    return answer(response, { access_token: randomUUID(), refresh_token: 'demo-refresh', expires_in: 86_400 })
  calls['rd-station'] += 1
  if (method === 'POST') return answer(response, { event_uuid: randomUUID() })
  if (url.startsWith('/rd/platform/segmentations/')) {
    const contacts = Array.from({ length: MISSED_CONTACTS }, () => ({
      uuid: randomUUID(),
      last_conversion_date: convertedAt,
    }))
    return answer(response, { contacts })
  }
  if (url.includes('/events?'))
    return answer(response, [{ event_type: 'CONVERSION', event_identifier: 'contato', event_timestamp: convertedAt }])
  const [, uuid = ''] = /\/contacts\/uuid:([^/?]+)/.exec(url) ?? []
  return answer(response, { uuid, email: `${uuid}@cliente.example` })
}

const server = createServer((request, response) => {
  const { url = '' } = request
  // Read to its end, so that the connection may be used again.
  request.resume()
  request.on('end', () => {
    if (url === '/healthz') answer(response, {})
    else if (url === '/calls') answer(response, calls)
    else if (url.startsWith('/opportunities/')) {
      status = url.slice('/opportunities/'.length)
      answer(response, {})
    } else if (url === '/missed') {
      missedIds.unshift(...Array.from({ length: MISSED_OPPORTUNITIES }, () => randomUUID()))
      answer(response, {})
    } else if (url.startsWith('/rd/')) answerRd(request, response)
    else answerCrm(request, response)
  })
})
server.keepAliveTimeout = 60_000
server.listen(port, '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))
