import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { JsonObject } from '../json.ts'
import type { World } from '../world.ts'
import { fieldsOf } from './custom-fields.ts'
import { registryByResource } from './demo-records.ts'
import { crmRefusals } from './errors.ts'
import { parseFilter, type RecordFilter } from './filters.ts'
import { writableMembers } from './inputs.ts'
import { requireTenant } from './login.ts'
import { changeFromBody, createFromBody, presentRecord, showRecord, removeRecord } from './records.ts'
import { type CrmTenant, integrationPaths, type RecordKind, recordKinds } from './tenant.ts'
import type { CrmRecord } from './record-index.ts'

const DEFAULT_PAGE_SIZE = 10

interface Listing {
  Querystring: { page?: string; pageSize?: string }
}

/** The integration API: one address, where headers name record and action (docs/vendors/totvs-crm.md#integration-api). */
export function addIntegrationApi(app: FastifyInstance, world: World): void {
  for (const path of integrationPaths) addIntegrationApiAt(path, app, world)
}

/** The tenant's settings say which path is the one. */
function addIntegrationApiAt(path: string, app: FastifyInstance, world: World): void {
  function tenantOf(request: FastifyRequest): CrmTenant {
    const tenant = requireTenant(world, request)
    if (tenant.settings.integrationPath !== path) throw crmRefusals.notFound('Recurso')
    return tenant
  }

  app.get<Listing>(path, async request => {
    const tenant = tenantOf(request)
    const registry = registryOf(request)
    if (registry) return list(tenant, request.query, registry)
    const kind = requireKind(tenant, request)
    const found = tenant.settings.filters === 'ignored' ? tenant.records[kind] : find(tenant, kind, request)
    return list(
      tenant,
      request.query,
      inOrder(tenant, found).map(record => showRecord(tenant, kind, record)),
    )
  })

  app.post(path, async (request, reply) => {
    const tenant = tenantOf(request)
    const action = headerOf(request, 'integration-action')
    if (action === undefined) throw crmRefusals.badRequest('Cabeçalho Integration-Action obrigatório.')
    const kind = requireKind(tenant, request)
    if (kind !== 'lead' && kind !== 'opportunity') {
      throw crmRefusals.badRequest(`A entidade não permite a ação ${action}.`)
    }
    const hasFilter = headerOf(request, 'integration-filter') !== undefined
    if (action === 'create') {
      if (hasFilter) throw crmRefusals.badRequest('Integration-Filter não é suportado na ação create.')
      return answerId(reply, tenant, createFromBody(world, tenant, kind, request.body), tenant.settings.createStatus)
    }
    if (action === 'delete') {
      if (tenant.settings.deletes === 'refused') throw crmRefusals.badRequest('A entidade não permite a ação delete.')
      const [record, ...others] = hasFilter ? find(tenant, kind, request) : []
      if (!record || others.length > 0) throw crmRefusals.notFound('Registro único')
      removeRecord(tenant, kind, record)
      return answerId(reply, tenant, record, 200)
    }
    if (action !== 'update' && action !== 'upsert') throw crmRefusals.badRequest(`Ação desconhecida: ${action}.`)

    if (!hasFilter) throw crmRefusals.badRequest(`Integration-Filter é obrigatório na ação ${action}.`)
    const [record, ...others] = find(tenant, kind, request)
    if (action === 'upsert' && !record) {
      return answerId(reply, tenant, createFromBody(world, tenant, kind, request.body), tenant.settings.createStatus)
    }
    if (!record || others.length > 0) throw crmRefusals.notFound('Registro único')
    changeFromBody(world, tenant, kind, { record, body: request.body, mode: action === 'update' ? 'merge' : 'replace' })
    if (tenant.settings.writeAnswerDelayMs > 0) await pause(tenant.settings.writeAnswerDelayMs)
    return answerId(reply, tenant, record, 200)
  })
}

function answerId(reply: FastifyReply, { settings }: CrmTenant, { id }: CrmRecord, status: number): FastifyReply {
  const body = { object: { id }, text: id, wrapped: { data: { id } } }[settings.idForm]
  return reply.code(status).type('application/json; charset=utf-8').send(JSON.stringify(body))
}

/** A header's value. Refuses with 400 what is not printable ASCII. */
function headerOf({ headers }: FastifyRequest, name: string): string | undefined {
  const value = headers[name]
  if (typeof value !== 'string' || value === '') return undefined
  if (/[^\x20-\x7e]/.test(value)) throw crmRefusals.badRequest(`Caracteres inválidos no cabeçalho ${name}.`)
  return value
}

/** Short lists, which are read whole and cannot be filtered. */
function registryOf(request: FastifyRequest): readonly JsonObject[] | undefined {
  const isServed =
    headerOf(request, 'integration-service') === 'customer' && headerOf(request, 'integration-version') === 'v1'
  const found = isServed ? registryByResource.get(headerOf(request, 'integration-resource') ?? '') : undefined
  if (found && headerOf(request, 'integration-filter') !== undefined) throw crmRefusals.badRequest('Filtro inválido.')
  return found
}

function requireKind({ settings }: CrmTenant, request: FastifyRequest): RecordKind {
  const [service, resource, version] = ['integration-service', 'integration-resource', 'integration-version'].map(
    name => {
      const value = headerOf(request, name)
      if (value === undefined) throw crmRefusals.badRequest(`Cabeçalho ${name} obrigatório.`)
      return value
    },
  )
  const kind = recordKinds.find(candidate => {
    const known = settings.resources[candidate]
    return known.service === service && known.resource === resource && known.version === version
  })
  if (!kind) throw crmRefusals.notFound(`Recurso ${service}/${resource}/${version}`)
  return kind
}

/** The members that a record of each kind may have. */
const members: { readonly [Kind in RecordKind]: readonly string[] } = {
  ...writableMembers,
  user: ['name', 'roleId', 'active', 'userEmail'],
  pipeline: ['description'],
  stage: ['description', 'pipelineId'],
  opportunityType: ['description'],
}
const everyMember = ['id', 'code', 'createdAt', 'updatedAt', 'customFields']

/** The records that match the filter; all records without a filter. */
function find(tenant: CrmTenant, kind: RecordKind, request: FastifyRequest): CrmRecord[] {
  const text = headerOf(request, 'integration-filter')
  if (text === undefined) return tenant.records[kind]
  const filter = parseFilter(text, { comparesAsText: tenant.settings.timeFilters === 'as-text' })
  const known = [...everyMember, ...members[kind], ...fieldsOf(tenant, kind)]
  const unknown = filter.members.filter(member => !known.includes(member))
  if (unknown.length > 0)
    throw crmRefusals.badRequest(
      'Filtro inválido.',
      unknown.map(member => `${member}: atributo não existe.`),
    )
  const { listFilters, timeFilters } = tenant.settings
  const isIgnored = listFilters === 'dotted-ignored' && /\{[^{}>]*\./.test(text)
  if (isIgnored) return tenant.records[kind]
  if (filter.members.includes('updatedAt')) {
    if (timeFilters === 'ignored') return tenant.records[kind]
    if (timeFilters === 'nothing') return []
    if (timeFilters === 'refused') throw crmRefusals.badRequest('Filtro inválido.', ['updatedAt: data inválida.'])
  }
  return candidatesFor(tenant, kind, filter).filter(record => filter.matches(presentRecord(tenant, kind, record)))
}

function candidatesFor(tenant: CrmTenant, kind: RecordKind, { equalities }: RecordFilter): readonly CrmRecord[] {
  if (kind !== 'lead' && kind !== 'opportunity') return tenant.records[kind]
  for (const { path, value } of equalities) {
    const found = tenant.indexes[kind].find(path, value)
    if (found) return found
  }
  return tenant.records[kind]
}

const inOrder = ({ settings }: CrmTenant, records: readonly CrmRecord[]): readonly CrmRecord[] =>
  settings.listOrder === 'created' ? records : records.toSorted((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1))

function list({ settings }: CrmTenant, query: Listing['Querystring'], records: readonly unknown[]): unknown {
  const page = settings.pages !== 'applied' ? 1 : positive(query.page ?? '1')
  const pageSize = Math.min(settings.maxPageSize, positive(query.pageSize ?? String(DEFAULT_PAGE_SIZE)))
  const items = records.slice((page - 1) * pageSize, page * pageSize)
  const hasNext = settings.pages !== 'first-only' && records.length > page * pageSize
  switch (settings.listForm) {
    case 'array':
      return records
    case 'array-pages':
      return items
    case 'count':
      return { items, count: records.length }
    case 'page-count':
      return { items, count: items.length }
    case 'hasNext-text':
      return { items, hasNext: String(hasNext) }
    case 'endless':
      return { items, hasNext: true }
    case 'hasNext':
      return { items, hasNext }
  }
}

function positive(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw crmRefusals.badRequest('Paginação inválida.', [text])
  return value
}
