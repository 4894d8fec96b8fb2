import {
  type CrmResource,
  type DriftKind,
  isRecordId,
  PermanentFailure,
  type TenantSettings,
  withoutEnd,
} from '@ponte/contracts'
import { z } from 'zod'
import { refusalInBody, unreadable } from '../failures/failure-of-answer.ts'
import type { CallGuard, ObserveRecord } from '../http/call-guard.ts'
import { createHttp, type HttpRequest } from '../http/http.ts'
import { type HttpAnswer, readItems } from '../http/http-answer.ts'
import { type CredentialSource, withCredential } from '../http/with-credential.ts'
import type { HttpLimits } from '../http/send-request.ts'
import { type CrmFilter, filterOf } from './crm-filter.ts'
import {
  type CrmPage,
  type ListReading,
  PAGE_SIZE,
  readAllPages,
  readPage,
  type ReadRecords,
  saysMore,
} from './crm-list.ts'

export interface IntegrationApiOptions {
  readonly settings: TenantSettings['totvsCrm']
  readonly session: CredentialSource
  readonly guard: CallGuard
  readonly limits?: Partial<HttpLimits>
  readonly observe?: ObserveRecord
  /** For `ponte rehearse`: sees each answer as it came. */
  readonly onAnswer?: ((answer: HttpAnswer) => void) | undefined
}

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

interface Search<Item> {
  readonly filter: CrmFilter
  /** Ponte checks records as well, because a CRM that ignores the filter sends other records too. */
  readonly isWanted: (item: Item) => boolean
}

/**
 * TOTVS CRM's generic integration API: list, create and update records of any resource
 * (docs/vendors/totvs-crm.md#integration-api).
 */
export function createIntegrationApi(options: IntegrationApiOptions) {
  const { settings, session, guard, limits, observe, onAnswer } = options
  const { integrationPath } = settings
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
    page: { readonly number: number; readonly size: number; readonly filter?: CrmFilter | undefined },
    read: (page: CrmPage) => Result,
  ) =>
    request({
      method: 'GET',
      path: `${integrationPath}?page=${page.number}&pageSize=${page.size}`,
      headers: {
        ...toHeaders(resource),
        ...(page.filter !== undefined && { 'integration-filter': page.filter.header }),
      },
      // In a bare list a record may have members with such names. Beside a list they mean an error.
      refusal: (answer, info) => (Array.isArray(answer.body) ? undefined : refusalInBody(answer, info)),
      read: answer => read(readListAnswer(answer)),
    })

  async function list<Item extends { id: string }>(
    resource: CrmResource,
    schema: z.ZodType<Item>,
    filter: CrmFilter | undefined,
    reading: ListReading<Item>,
  ): Promise<ReadRecords<Item>> {
    const fetchPage = (number: number) => readPageOf(resource, { number, size: PAGE_SIZE, filter }, page => page)
    const records = await readAllPages(schema, fetchPage, reading)
    if (records === undefined) throw unreadable('totvs-crm', { resource: resource.resource })
    return records
  }

  return {
    request,

    /** All records, also those that do not match the filter, as far as the CRM sends them, and whether these are all. */
    records: <Item extends { id: string }>(
      resource: CrmResource,
      schema: z.ZodType<Item>,
      { filter, ...most }: Pick<ListReading<Item>, 'filter' | 'mostPages' | 'mostRecords'> = {},
    ): Promise<ReadRecords<Item>> => list(resource, schema, filter, most),

    /** Resolves when the CRM answers with a list of records. Otherwise throws a Failure. */
    probe: (resource: CrmResource): Promise<void> =>
      readPageOf(resource, { number: 1, size: SAMPLE_SIZE }, ({ items }) => {
        if (readItems(anyRecord, items) === undefined)
          throw unreadable('totvs-crm', { resource: resource.resource, what: 'list' })
      }),

    /**
     * The wanted records: at least one if there is any. Throws `CRM_LIST_INCOMPLETE` when none was found in a list that was not read to its
     * end. Otherwise a record that exists could be created again.
     */
    async find<Item extends { id: string }>(
      resource: CrmResource,
      schema: z.ZodType<Item>,
      { kind, ...search }: Search<Item> & { readonly kind: DriftKind },
    ): Promise<readonly Item[]> {
      const { items, isComplete } = await list(resource, schema, search.filter, {
        ...search,
        endsWhenFound: true,
        onFound({ item, stored, isAlone }) {
          if (isAlone || search.isWanted(item)) observe?.(kind, stored, item.id)
        },
      })
      if (items.length === 0 && !isComplete) throw incomplete(resource)
      return items
    },

    /** All wanted records. Throws `CRM_LIST_INCOMPLETE` when the list has no end, or is another than the filter asks for. */
    async findAll<Item extends { id: string }>(
      resource: CrmResource,
      schema: z.ZodType<Item>,
      search: Search<Item>,
    ): Promise<readonly Item[]> {
      const { items, isComplete } = await list(resource, schema, search.filter, search)
      if (!isComplete) throw incomplete(resource)
      return items
    },

    /** Any records. Empty when there are none or none can be read. */
    sample: <Item>(resource: CrmResource, schema: z.ZodType<Item>): Promise<Item[]> =>
      readPageOf(
        resource,
        { number: 1, size: SAMPLE_SIZE },
        ({ items }) => readItems(schema, items.slice(0, SAMPLE_SIZE)) ?? [],
      ),

    /** The records of one page as they came, whatever they look like. */
    pageOf: (resource: CrmResource, page: { readonly number: number; readonly size: number; filter?: CrmFilter }) =>
      readPageOf(resource, page, ({ items }) => items),

    /** Whether the CRM finds records for a filter. `unknown`: it sent none and says that there are more. */
    matchesOf: (resource: CrmResource, filter: CrmFilter): Promise<'some' | 'none' | 'unknown'> =>
      readPageOf(resource, { number: 1, size: SAMPLE_SIZE, filter }, page => {
        if (page.items.length > 0) return 'some'
        return saysMore(page, 0) ? 'unknown' : 'none'
      }),

    /** Returns the id of the new record (docs/vendors/totvs-crm.md#writes). */
    create: (resource: CrmResource, record: object): Promise<string> =>
      request({
        method: 'POST',
        path: integrationPath,
        headers: { ...toHeaders(resource), 'integration-action': 'create' },
        json: record,
        writes: true,
        read: readCreatedId,
      }),

    /** Changes only the given members. Never `upsert`, which replaces the whole record (docs/vendors/totvs-crm.md#writes). */
    update: async (resource: CrmResource, id: string, change: object): Promise<void> =>
      request({
        method: 'POST',
        path: integrationPath,
        headers: { ...toHeaders(resource), 'integration-action': 'update', 'integration-filter': byId(id).header },
        json: change,
        writes: true,
        read: () => undefined,
      }),

    /** Removes a record. Only some resources allow it (docs/vendors/totvs-crm.md#writes). */
    remove: async (resource: CrmResource, id: string): Promise<void> =>
      request({
        method: 'POST',
        path: integrationPath,
        headers: { ...toHeaders(resource), 'integration-action': 'delete', 'integration-filter': byId(id).header },
        json: {},
        writes: true,
        notFoundIsAnswer: true,
        read: () => undefined,
      }),
  }
}

/** A filter for one record. Throws `CRM_UNREADABLE` for an id that TOTVS CRM cannot have issued. */
export function byId(id: string): CrmFilter {
  const filter = isRecordId(id) ? filterOf({ field: 'id', op: 'eq', value: id }) : undefined
  if (filter === undefined) throw unreadable('totvs-crm', { problem: 'id' })
  return filter
}

const toHeaders = ({ service, resource, version }: CrmResource) => ({
  'integration-service': service,
  'integration-resource': resource,
  'integration-version': version,
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
