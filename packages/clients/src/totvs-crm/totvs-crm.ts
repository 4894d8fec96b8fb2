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
  type DriftKind,
  isOpportunityPath,
  isRecordId,
  PermanentFailure,
  type TenantSettings,
  withoutEnd,
} from '@ponte/contracts'
import { z } from 'zod'
import { refusalInBody, unreadable } from '../failures/failure-of-answer.ts'
import type { CallGuard, ObserveRecord } from '../http/call-guard.ts'
import { createHttp, type HttpRequest } from '../http/http.ts'
import { type HttpAnswer, type HttpLimits, readItems } from '../http/send-request.ts'
import { type CredentialSource, withCredential } from '../http/with-credential.ts'
import { type CrmFilter, filterOf } from './crm-filter.ts'
import {
  type CrmPage,
  type CrmRecords,
  type ListReading,
  PAGE_SIZE,
  readAllPages,
  readPage,
  type ReadRecords,
  saysMore,
} from './crm-list.ts'
import type { ProbedKind } from './documented-addresses.ts'

/** Lists can be long, so no more of their opportunities is kept. */
export const listedOpportunity = z.object(crmOpportunity.shape).omit({ customFields: true })

/** The id in the answer to a create: `{"id":…}`, `"…"` or the bare id (docs/vendors/totvs-crm.md#writes). */
const createdId = z
  .union([
    z.looseObject({ id: z.union([z.string(), z.number().transform(String)]) }).transform(({ id }) => id),
    z.string(),
    z.number().transform(String),
  ])
  .pipe(z.string().trim().refine(isRecordId))

const anyRecord = z.looseObject({ id: z.union([z.string(), z.number()]) })

/** Enough to see what records look like and which ids they use. A CRM that ignores `pageSize` may send more. */
const SAMPLE_SIZE = 50

type CatalogKind = 'stage' | 'pipeline' | 'opportunityType'

interface Page {
  readonly number: number
  readonly size: number
  readonly filter?: CrmFilter | undefined
}
const sample: Page = { number: 1, size: SAMPLE_SIZE }

interface Search<Item> {
  readonly filter: CrmFilter
  /** Ponte checks records as well, because a CRM that ignores the filter sends other records too. */
  readonly isWanted: (item: Item) => boolean
}

/**
 * TOTVS CRM for one tenant and one job (docs/vendors/totvs-crm.md). Each page of a call is one HTTP attempt, or more when the session has
 * expired, and the guard watches each. Throws a Failure (docs/behaviour/calls.md#reactions-to-answers). It is `CRM_UNAUTHORIZED` when a new
 * session is refused too, `CRM_UNREADABLE` when an answer does not have the expected form.
 */
export function createTotvsCrmClient(options: {
  settings: TenantSettings['totvsCrm']
  session: CredentialSource
  guard: CallGuard
  limits?: Partial<HttpLimits>
  observe?: ObserveRecord
  /** For `ponte rehearse`: sees each answer as it came. */
  onAnswer?: ((answer: HttpAnswer) => void) | undefined
}) {
  const { settings, session, guard, limits, observe, onAnswer } = options
  const { resources, integrationPath } = settings
  const http = createHttp({ system: 'totvs-crm', guard, limits, onAnswer })
  const baseUrl = withoutEnd(settings.baseUrl, '/')

  const request = <Result>({ path, headers, ...rest }: Omit<HttpRequest<Result>, 'url'> & { path: string }) =>
    withCredential({
      system: 'totvs-crm',
      source: session,
      guard,
      call: cookie => http.request({ ...rest, url: baseUrl + path, headers: { ...headers, cookie } }),
    })

  const readPageOf = <Result>(
    resource: CrmResource,
    { number, size, filter }: Page,
    read: (page: CrmPage) => Result,
  ): Promise<Result> =>
    request({
      method: 'GET',
      path: `${integrationPath}?page=${number}&pageSize=${size}`,
      headers: toHeaders(resource, { filter }),
      // In a bare list a record may have members with such names. Beside a list they mean an error.
      refusal: (answer, info) => (Array.isArray(answer.body) ? undefined : refusalInBody(answer, info)),
      read: answer => read(readListAnswer(answer)),
    })

  /** All records, also those that do not match the filter, as far as the CRM sends them, and whether these are all. */
  async function list<Item extends { id: string }>(
    resource: CrmResource,
    schema: z.ZodType<Item>,
    reading: ListReading<Item> = {},
  ): Promise<ReadRecords<Item>> {
    const fetchPage = (number: number) =>
      readPageOf(resource, { number, size: PAGE_SIZE, filter: reading.filter }, page => page)
    const records = await readAllPages(schema, fetchPage, reading)
    if (records === undefined) throw unreadable('totvs-crm', { resource: resource.resource })
    return records
  }

  /**
   * The wanted records: at least one if there is any. Throws `CRM_LIST_INCOMPLETE` when none was found in a list that was not read to its
   * end. Otherwise a record that exists could be created again.
   */
  async function find<Item extends { id: string }>(
    resource: CrmResource,
    schema: z.ZodType<Item>,
    { kind, ...search }: Search<Item> & { readonly kind: DriftKind },
  ): Promise<readonly Item[]> {
    const { items, isComplete } = await list(resource, schema, {
      ...search,
      endsWhenFound: true,
      onFound({ item, stored, isAlone }) {
        if (isAlone || search.isWanted(item)) observe?.(kind, stored, item.id)
      },
    })
    if (items.length === 0 && !isComplete) throw incomplete(resource)
    return items
  }

  /** Changes only the given members. Never `upsert`, which replaces the whole record (docs/vendors/totvs-crm.md#writes). */
  const write = <Result>(
    action: 'create' | 'update' | 'delete',
    resource: CrmResource,
    more: Pick<HttpRequest<Result>, 'json' | 'read' | 'notFoundIsAnswer'> & { readonly filter?: CrmFilter },
  ): Promise<Result> => {
    const { filter, ...rest } = more
    const headers = { ...toHeaders(resource, { filter }), 'integration-action': action }
    return request({ method: 'POST', path: integrationPath, headers, writes: true, ...rest })
  }

  const create = (resource: CrmResource, json: object) => write('create', resource, { json, read: readCreatedId })
  const update = (resource: CrmResource, id: string, json: object): Promise<void> =>
    write('update', resource, { filter: byId(id), json, read: () => undefined })

  const firstItems = <Item>(resource: CrmResource, schema: z.ZodType<Item>): Promise<Item[]> =>
    readPageOf(resource, sample, ({ items }) => readItems(schema, items.slice(0, SAMPLE_SIZE)) ?? [])

  return {
    /** The wanted leads among those that match the filter: at least one if there is any (docs/vendors/totvs-crm.md#lead). */
    findLeads: (filter: CrmFilter, isWanted: (lead: CrmLead) => boolean): Promise<readonly CrmLead[]> =>
      find(resources.lead, crmLead, { filter, isWanted, kind: 'crm.lead' }),

    /** Undefined when there is no such lead. */
    getLead: async (id: string): Promise<CrmLead | undefined> =>
      (await find(resources.lead, crmLead, { ...searchById(id), kind: 'crm.lead' }))[0],

    /** Returns the id of the new lead. A repeated call makes a second lead (docs/vendors/totvs-crm.md#writes). */
    createLead: (lead: CrmNewLead): Promise<string> => create(resources.lead, lead),

    /** Changes only the given members (docs/vendors/totvs-crm.md#writes). */
    updateLead: async (id: string, change: CrmLeadChange): Promise<void> => await update(resources.lead, id, change),

    /**
     * All wanted opportunities among those that match the filter (docs/vendors/totvs-crm.md#filters). Throws `CRM_LIST_INCOMPLETE` when the
     * list has no end, or is another than the filter asks for.
     */
    async findOpportunities(
      filter: CrmFilter,
      isWanted: (opportunity: CrmOpportunity) => boolean,
    ): Promise<readonly CrmOpportunity[]> {
      const { items, isComplete } = await list(resources.opportunity, crmOpportunity, { filter, isWanted })
      if (!isComplete) throw incomplete(resources.opportunity)
      return items
    },

    /**
     * Reads the opportunity that a webhook names, always from the tenant's own base URL
     * (docs/vendors/totvs-crm.md#address-of-an-opportunity). Undefined when it does not exist. `contextUrl` and `id` come from outside.
     * When they could lead to another address, it throws `CRM_CONTEXT_URL_REFUSED` without a call.
     */
    async getOpportunity(contextUrl: string, id: string): Promise<CrmOpportunity | undefined> {
      if (!isOpportunityPath(contextUrl, settings.contextUrlPattern) || !isRecordId(id))
        throw new PermanentFailure('CRM_CONTEXT_URL_REFUSED')
      return await request({
        method: 'GET',
        path: `${contextUrl}/${id}`,
        notFoundIsAnswer: true,
        read: ({ status, body }) => {
          if (status === 404) return undefined
          observe?.('crm.opportunity', body, id)
          const parsed = crmOpportunity.safeParse(body)
          if (!parsed.success) throw unreadable('totvs-crm', { status, resource: 'opportunity' })
          return parsed.data
        },
      })
    },

    /** By its id, from the same list as `listOpportunities`. Undefined when it is not there. */
    findOpportunity: async (id: string): Promise<CrmOpportunity | undefined> =>
      (await find(resources.opportunity, crmOpportunity, { ...searchById(id), kind: 'crm.opportunity' }))[0],

    /**
     * Opportunities that have changed since a time, or match a filter, as far as the CRM sends them. Without either it is all of them. They
     * have no custom fields. A CRM may ignore the filter, or match nothing (docs/vendors/totvs-crm.md#what-has-changed). Who concludes from a
     * record that is not there makes sure of the filter first.
     */
    listOpportunities({
      changedSince,
      ...reading
    }: Pick<ListReading<CrmOpportunity>, 'filter' | 'mostPages' | 'mostRecords'> & { readonly changedSince?: Date }) {
      const filter = since('updatedAt', changedSince) ?? reading.filter
      return list<CrmOpportunity>(resources.opportunity, listedOpportunity, { ...reading, filter })
    },

    /** Returns the id of the new opportunity. A repeated call makes a second one (docs/vendors/totvs-crm.md#writes). */
    createOpportunity: (opportunity: CrmNewOpportunity): Promise<string> => create(resources.opportunity, opportunity),

    /** Changes only the given members (docs/vendors/totvs-crm.md#writes). */
    updateOpportunity: async (id: string, change: Readonly<Record<string, unknown>>): Promise<void> =>
      await update(resources.opportunity, id, change),

    /** The wanted users among those that match the filter: at least one if there is any (docs/vendors/totvs-crm.md#users). */
    findUsers: (filter: CrmFilter, isWanted: (user: CrmUser) => boolean): Promise<readonly CrmUser[]> =>
      find(resources.user, crmUser, { filter, isWanted, kind: 'crm.user' }),

    /**
     * All entries, as far as the CRM sends them. Ponte compares the descriptions itself, because a filter cannot hold accents
     * (docs/vendors/totvs-crm.md#filters). An incomplete list does no harm: a missing entry has a failure of its own.
     */
    listCatalog: async (kind: CatalogKind): Promise<readonly CrmCatalogEntry[]> =>
      (await list(resources[kind], crmCatalogEntry)).items,

    /** All entries of a list that only `ponte doctor` reads, e.g. the e-mail types (docs/vendors/totvs-crm.md#lists-of-ids). */
    listRegistry: async (resource: CrmResource): Promise<readonly CrmCatalogEntry[]> =>
      (await list(resource, crmCatalogEntry)).items,

    /** For `ponte discover`: the same list, and whether it is complete. */
    readCatalog: (kind: CatalogKind): Promise<CrmRecords<CrmCatalogEntry>> => list(resources[kind], crmCatalogEntry),

    /** For `ponte doctor` and `discover`: all users, as far as the CRM sends them. */
    readUsers: (): Promise<CrmRecords<CrmUser>> => list(resources.user, crmUser),

    /**
     * For `ponte discover`: at most some 2,000 leads. With a time, those created since then, and others if the CRM ignores the filter
     * (docs/vendors/totvs-crm.md#filters).
     */
    readLeads: async (createdSince?: Date): Promise<readonly CrmLead[]> =>
      (await list(resources.lead, crmLead, { filter: since('createdAt', createdSince), mostPages: 20 })).items,

    /** For `ponte discover`: resolves when the integration API lists records of this kind. Otherwise throws a Failure. */
    probe: (kind: ProbedKind): Promise<void> =>
      readPageOf(resources[kind], sample, ({ items }) => {
        if (readItems(anyRecord, items) === undefined)
          throw unreadable('totvs-crm', { resource: resources[kind].resource, what: 'list' })
      }),

    /** For `ponte doctor` and tests of the connection: whether the CRM finds records for a filter. One page is read. `unknown`: it sent none and says that there are more. */
    matchesOf: (kind: 'lead' | 'opportunity', filter: CrmFilter): Promise<'some' | 'none' | 'unknown'> =>
      readPageOf(resources[kind], { ...sample, filter }, page => {
        if (page.items.length > 0) return 'some'
        return saysMore(page, 0) ? 'unknown' : 'none'
      }),

    /** For `ponte rehearse`: the records of one page as they came. Any resource may be named, also one that does not exist. */
    pageOf: (resource: CrmResource, page: Page): Promise<readonly unknown[]> =>
      readPageOf(resource, page, ({ items }) => items),

    /** For `ponte rehearse`: removes its own record. Nothing happens when there is none; TOTVS CRM may refuse it (docs/vendors/totvs-crm.md#writes). */
    remove: async (kind: 'lead' | 'opportunity', id: string): Promise<void> =>
      await write('delete', resources[kind], {
        ...{ filter: byId(id), json: {}, notFoundIsAnswer: true },
        read: () => undefined,
      }),

    /** For `ponte doctor`: some opportunities, to see what records look like. Empty when there are none or none can be read. */
    sampleOpportunities: (): Promise<CrmOpportunity[]> => firstItems(resources.opportunity, crmOpportunity),

    /** For `ponte doctor`: some leads, to see which ids records use. */
    sampleLeads: (): Promise<CrmLead[]> => firstItems(resources.lead, crmLead),
  }
}

export type TotvsCrmClient = ReturnType<typeof createTotvsCrmClient>

/** A filter for one record. Throws `CRM_UNREADABLE` for an id that TOTVS CRM cannot have issued. */
function byId(id: string): CrmFilter {
  const filter = isRecordId(id) ? filterOf({ field: 'id', op: 'eq', value: id }) : undefined
  if (filter === undefined) throw unreadable('totvs-crm', { problem: 'id' })
  return filter
}

const searchById = (id: string) => ({ filter: byId(id), isWanted: (each: { readonly id: string }) => each.id === id })

const since = (field: string, time: Date | undefined): CrmFilter | undefined =>
  time === undefined ? undefined : filterOf({ field, op: 'ge', value: time.toISOString() })

const toHeaders = (
  { service, resource, version }: CrmResource,
  { filter }: Pick<Page, 'filter'>,
): Record<string, string> => ({
  'integration-service': service,
  'integration-resource': resource,
  'integration-version': version,
  ...(filter !== undefined && { 'integration-filter': filter.header }),
})

const incomplete = ({ resource }: CrmResource): PermanentFailure =>
  new PermanentFailure('CRM_LIST_INCOMPLETE', { context: { resource } })

function readListAnswer({ status, body }: HttpAnswer): CrmPage {
  if (status === 204) return { items: [], hasNext: false, count: 0 }
  const page = readPage(body)
  if (page === undefined) throw unreadable('totvs-crm', { status, what: 'list' })
  return page
}

function readCreatedId({ status, body }: HttpAnswer): string {
  const id = createdId.safeParse(body)
  if (!id.success) throw unreadable('totvs-crm', { status, what: 'id' })
  return id.data
}
