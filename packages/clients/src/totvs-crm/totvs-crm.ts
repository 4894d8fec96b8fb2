import {
  type CrmCatalogEntry,
  crmCatalogEntry,
  type CrmLead,
  crmLead,
  type CrmLeadChange,
  type CrmNewLead,
  type CrmNewOpportunity,
  type CrmOpportunity,
  crmOpportunity,
  type CrmResource,
  type CrmUser,
  crmUser,
  isOpportunityPath,
  isRecordId,
  PermanentFailure,
  type TenantSettings,
} from '@ponte/contracts'
import { z } from 'zod'
import type { CallGuard } from '../http/call-guard.ts'
import { type CrmFilter, filterOf } from './crm-filter.ts'
import { type CrmRecords, isEnd, PAGE_SIZE, readAllPages, readPage } from './crm-list.ts'
import { createHttp, type HttpLimits, type HttpRequest } from '../http/http.ts'
import { type HttpAnswer, unreadable } from '../http/failure-of-answer.ts'
import { readItems } from '../http/read-items.ts'
import { type CredentialSource, renewOnce } from '../http/renew-once.ts'

/** What the answer to a create looks like: `{"id":…}`, `"…"`, or the bare id (SPEC §8). */
const createdAnswer = z.union([
  z.looseObject({ id: z.union([z.string(), z.number().transform(String)]) }).transform(({ id }) => id),
  z.string(),
  z.number().transform(String),
])
/** Enough to see how records look, and which ids they use; a CRM that ignores `pageSize` may send more. */
const SAMPLE_SIZE = 50

/**
 * TOTVS CRM for one tenant, through its generic integration API (docs/vendors/totvs-crm.md). Each call is one attempt
 * a page (two when the session is refused) inside the guard. Throws the failures of SPEC §5; `CRM_UNAUTHORIZED` when a new
 * session is refused too (`CredentialRefused`), `CRM_UNREADABLE` for an answer of another shape.
 */
export function createTotvsCrmClient(input: {
  settings: TenantSettings['totvsCrm']
  session: CredentialSource
  guard: CallGuard
  limits?: Partial<HttpLimits>
}) {
  const { settings, session, guard, limits } = input
  const { resources } = settings
  const http = createHttp({ system: 'totvs-crm', guard, limits })
  const baseUrl = settings.baseUrl.replace(/\/+$/, '')

  const request = <Result>({ path, headers, ...rest }: Omit<HttpRequest<Result>, 'url'> & { path: string }) =>
    renewOnce({
      system: 'totvs-crm',
      code: 'CRM_UNAUTHORIZED',
      source: session,
      guard,
      call: cookie => http.request({ ...rest, url: baseUrl + path, headers: { ...headers, cookie } }),
    })

  async function list<Item extends { id: string }>(
    resource: CrmResource,
    schema: z.ZodType<Item>,
    search?: { filter: CrmFilter; isWanted?: (item: Item) => boolean },
  ): Promise<CrmRecords<Item>> {
    const fetchPage = (page: number) =>
      request({
        method: 'GET',
        path: `${settings.integrationPath}?page=${page}&pageSize=${PAGE_SIZE}`,
        headers: { ...toHeaders(resource), ...(search !== undefined && { 'integration-filter': search.filter }) },
        read: readListAnswer,
      })
    const records = await readAllPages(schema, fetchPage, search?.isWanted)
    if (records === undefined) throw unreadable('totvs-crm', { resource: resource.resource })
    return records
  }

  /**
   * Those of the named records that are wanted: a CRM that does not apply the filter sends others too. That there is none can be
   * told of a complete list only; `CRM_LIST_INCOMPLETE` otherwise, so that nobody creates a record for the second time.
   */
  async function find<Item extends { id: string }>(
    resource: CrmResource,
    schema: z.ZodType<Item>,
    search: { filter: CrmFilter; isWanted: (item: Item) => boolean },
  ): Promise<Item[]> {
    const { items, isComplete } = await list(resource, schema, search)
    const wanted = items.filter(search.isWanted)
    if (wanted.length === 0 && !isComplete) throw incomplete(resource)
    return wanted
  }

  /** Every record that the filter names, and others where the CRM does not apply it. `CRM_LIST_INCOMPLETE` as above. */
  async function findAll<Item extends { id: string }>(
    resource: CrmResource,
    schema: z.ZodType<Item>,
    filter: CrmFilter,
  ): Promise<readonly Item[]> {
    const { items, isComplete } = await list(resource, schema, { filter })
    if (!isComplete) throw incomplete(resource)
    return items
  }

  const sample = <Item>(resource: CrmResource, schema: z.ZodType<Item>): Promise<Item[]> =>
    request({
      method: 'GET',
      path: `${settings.integrationPath}?page=1&pageSize=${SAMPLE_SIZE}`,
      headers: toHeaders(resource),
      read: answer => readItems(schema, readListAnswer(answer).items.slice(0, SAMPLE_SIZE)) ?? [],
    })

  const create = (resource: CrmResource, record: CrmNewLead | CrmNewOpportunity): Promise<string> =>
    request({
      method: 'POST',
      path: settings.integrationPath,
      headers: { ...toHeaders(resource), 'integration-action': 'create' },
      json: record,
      writes: true,
      read: readCreatedId,
    })

  /** Never `upsert`, which replaces the whole record (reference totvs-crm.md §1.2). */
  const update = async (resource: CrmResource, id: string, change: CrmLeadChange | Readonly<Record<string, unknown>>) =>
    request({
      method: 'POST',
      path: settings.integrationPath,
      headers: { ...toHeaders(resource), 'integration-action': 'update', 'integration-filter': byId(id) },
      json: change,
      writes: true,
      read: () => undefined,
    })

  return {
    /** The leads of the filter that are wanted, one at least where there is one. */
    findLeads: (filter: CrmFilter, isWanted: (lead: CrmLead) => boolean): Promise<CrmLead[]> =>
      find(resources.lead, crmLead, { filter, isWanted }),

    /** Nothing when there is no such lead. */
    async getLead(id: string): Promise<CrmLead | undefined> {
      const [lead] = await find(resources.lead, crmLead, { filter: byId(id), isWanted: each => each.id === id })
      return lead
    },

    /** Gives the id of the new lead. */
    createLead: (lead: CrmNewLead): Promise<string> => create(resources.lead, lead),

    updateLead: (id: string, change: CrmLeadChange): Promise<void> => update(resources.lead, id, change),

    /** All opportunities of the filter; others too where the CRM does not apply it. */
    findOpportunities: (filter: CrmFilter): Promise<readonly CrmOpportunity[]> =>
      findAll(resources.opportunity, crmOpportunity, filter),

    /**
     * Reads an opportunity back from where a webhook says it is, always at the tenant's own base URL. Nothing when there is
     * none. `contextUrl` and `id` are untrusted: `CRM_CONTEXT_URL_REFUSED`, without a call, when they could lead elsewhere.
     */
    async getOpportunity(contextUrl: string, id: string): Promise<CrmOpportunity | undefined> {
      requireOwnPath(settings, contextUrl, id)
      return request({
        method: 'GET',
        path: `${contextUrl}/${id}`,
        notFoundIsAnswer: true,
        read: ({ status, body }) => {
          if (status === 404) return undefined
          const parsed = crmOpportunity.safeParse(body)
          if (!parsed.success) throw unreadable('totvs-crm', { status, resource: 'opportunity' })
          return parsed.data
        },
      })
    },

    /** Gives the id of the new opportunity. */
    createOpportunity: (opportunity: CrmNewOpportunity): Promise<string> => create(resources.opportunity, opportunity),

    /** Changes the members of `change` only. */
    updateOpportunity: (id: string, change: Readonly<Record<string, unknown>>): Promise<void> =>
      update(resources.opportunity, id, change),

    /** The users of the filter that are wanted, one at least where there is one. */
    findUsers: (filter: CrmFilter, isWanted: (user: CrmUser) => boolean): Promise<CrmUser[]> =>
      find(resources.user, crmUser, { filter, isWanted }),

    /**
     * All of them, as far as the CRM gives them: descriptions are compared here, so that no accented text travels in a header. One
     * that is not among them is a failure of its own, so that a list that does not end does no harm.
     */
    listCatalog: async (kind: 'stage' | 'pipeline' | 'opportunityType'): Promise<readonly CrmCatalogEntry[]> =>
      (await list(resources[kind], crmCatalogEntry)).items,

    /** All entries of a list that only `ponte doctor` reads, e.g. the e-mail types. */
    listRegistry: async (resource: CrmResource): Promise<readonly CrmCatalogEntry[]> =>
      (await list(resource, crmCatalogEntry)).items,

    /** Whether the CRM answers a filter with records, with none, or with none and the claim that there are more. For `ponte doctor`. */
    matchesOf: (kind: 'lead' | 'opportunity', filter: CrmFilter): Promise<'some' | 'none' | 'unknown'> =>
      request({
        method: 'GET',
        path: `${settings.integrationPath}?page=1&pageSize=${SAMPLE_SIZE}`,
        headers: { ...toHeaders(resources[kind]), 'integration-filter': filter },
        read(answer) {
          const page = readListAnswer(answer)
          if (page.items.length > 0) return 'some'
          return isEnd(page, { received: 0, isRepeated: false }) ? 'none' : 'unknown'
        },
      }),

    /** Some opportunities, whichever: what their records look like. None where there are none or none can be read. */
    sampleOpportunities: (): Promise<CrmOpportunity[]> => sample(resources.opportunity, crmOpportunity),

    /** The same of leads: which ids their records use. */
    sampleLeads: (): Promise<CrmLead[]> => sample(resources.lead, crmLead),
  }
}

const toHeaders = ({ service, resource, version }: CrmResource) => ({
  'integration-service': service,
  'integration-resource': resource,
  'integration-version': version,
})

/** An id that the CRM gave out itself. One that cannot stand in a filter is not one of its ids. */
function byId(id: string): CrmFilter {
  const filter = isRecordId(id) ? filterOf({ field: 'id', op: 'eq', value: id }) : undefined
  if (filter === undefined) throw unreadable('totvs-crm', { problem: 'id' })
  return filter
}

const incomplete = ({ resource }: CrmResource): PermanentFailure =>
  new PermanentFailure('CRM_LIST_INCOMPLETE', { context: { resource } })

function requireOwnPath(settings: TenantSettings['totvsCrm'], contextUrl: string, id: string): void {
  if (!isOpportunityPath(contextUrl, settings.contextUrlPattern) || !isRecordId(id))
    throw new PermanentFailure('CRM_CONTEXT_URL_REFUSED')
}

function readListAnswer({ status, body }: HttpAnswer) {
  if (status === 204) return { items: [], hasNext: false, count: 0 }
  const page = readPage(body)
  if (page === undefined) throw unreadable('totvs-crm', { status, what: 'list' })
  return page
}

function readCreatedId({ status, body }: HttpAnswer): string {
  const id = createdAnswer.pipe(z.string().trim().refine(isRecordId)).safeParse(body)
  if (!id.success) throw unreadable('totvs-crm', { status, what: 'id' })
  return id.data
}
