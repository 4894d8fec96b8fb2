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
import { unreadable } from '../failures/failure-of-answer.ts'
import { type CrmFilter, filterOf } from './crm-filter.ts'
import type { CrmRecords, ReadRecords } from './crm-list.ts'
import type { ProbedKind } from './documented-addresses.ts'
import { byId, createIntegrationApi, type IntegrationApiOptions } from './integration-api.ts'

/** Lists can be long, so no more of their opportunities is kept. */
export const listedOpportunity = z.object(crmOpportunity.shape).omit({ customFields: true })

type CatalogKind = 'stage' | 'pipeline' | 'opportunityType'

/**
 * TOTVS CRM for one tenant and one job (docs/vendors/totvs-crm.md). Each page of a call is one HTTP attempt, or more when the session has
 * expired, and the guard watches each. Throws a Failure (docs/behaviour/calls.md#reactions-to-answers). It is `CRM_UNAUTHORIZED` when a new
 * session is refused too, `CRM_UNREADABLE` when an answer does not have the expected form.
 */
export function createTotvsCrmClient(options: IntegrationApiOptions) {
  const { settings, observe } = options
  const { resources } = settings
  const api = createIntegrationApi(options)

  return {
    /** The wanted leads among those that match the filter: at least one if there is any (docs/vendors/totvs-crm.md#lead). */
    findLeads: (filter: CrmFilter, isWanted: (lead: CrmLead) => boolean): Promise<readonly CrmLead[]> =>
      api.find(resources.lead, crmLead, { filter, isWanted, kind: 'crm.lead' }),

    /** Undefined when there is no such lead. */
    async getLead(id: string): Promise<CrmLead | undefined> {
      const [lead] = await api.find(resources.lead, crmLead, {
        filter: byId(id),
        isWanted: each => each.id === id,
        kind: 'crm.lead',
      })
      return lead
    },

    /** Returns the id of the new lead. A repeated call makes a second lead (docs/vendors/totvs-crm.md#writes). */
    createLead: (lead: CrmNewLead): Promise<string> => api.create(resources.lead, lead),

    /** Changes only the given members (docs/vendors/totvs-crm.md#writes). */
    updateLead: (id: string, change: CrmLeadChange): Promise<void> => api.update(resources.lead, id, change),

    /** All wanted opportunities among those that match the filter (docs/vendors/totvs-crm.md#filters). */
    findOpportunities: (
      filter: CrmFilter,
      isWanted: (opportunity: CrmOpportunity) => boolean,
    ): Promise<readonly CrmOpportunity[]> => api.findAll(resources.opportunity, crmOpportunity, { filter, isWanted }),

    /**
     * Reads the opportunity that a webhook names, always from the tenant's own base URL
     * (docs/vendors/totvs-crm.md#address-of-an-opportunity). Undefined when it does not exist. `contextUrl` and `id` come from outside.
     * When they could lead to another address, it throws `CRM_CONTEXT_URL_REFUSED` without a call.
     */
    async getOpportunity(contextUrl: string, id: string): Promise<CrmOpportunity | undefined> {
      requireOwnPath(settings, contextUrl, id)
      return api.request({
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
    async findOpportunity(id: string): Promise<CrmOpportunity | undefined> {
      const [found] = await api.find(resources.opportunity, crmOpportunity, {
        filter: byId(id),
        isWanted: each => each.id === id,
        kind: 'crm.opportunity',
      })
      return found
    },

    /**
     * Opportunities that have changed since a time, or match a filter, as far as the CRM sends them. Without either it is all of them. They
     * have no custom fields. A CRM may ignore the filter, or match nothing (docs/vendors/totvs-crm.md#what-has-changed). Who concludes from a
     * record that is not there makes sure of the filter first.
     */
    listOpportunities({
      changedSince,
      filter,
      ...most
    }: {
      changedSince?: Date
      filter?: CrmFilter | undefined
      mostPages?: number
      mostRecords?: number
    }): Promise<ReadRecords<CrmOpportunity>> {
      const value = changedSince?.toISOString()
      const ofTime = value === undefined ? undefined : filterOf({ field: 'updatedAt', op: 'ge', value })
      return api.records(resources.opportunity, listedOpportunity, { filter: ofTime ?? filter, ...most })
    },

    /** Returns the id of the new opportunity. A repeated call makes a second one (docs/vendors/totvs-crm.md#writes). */
    createOpportunity: (opportunity: CrmNewOpportunity): Promise<string> =>
      api.create(resources.opportunity, opportunity),

    /** Changes only the given members (docs/vendors/totvs-crm.md#writes). */
    updateOpportunity: (id: string, change: Readonly<Record<string, unknown>>): Promise<void> =>
      api.update(resources.opportunity, id, change),

    /** The wanted users among those that match the filter: at least one if there is any (docs/vendors/totvs-crm.md#users). */
    findUsers: (filter: CrmFilter, isWanted: (user: CrmUser) => boolean): Promise<readonly CrmUser[]> =>
      api.find(resources.user, crmUser, { filter, isWanted, kind: 'crm.user' }),

    /**
     * All entries, as far as the CRM sends them. Ponte compares the descriptions itself, because a filter cannot hold accents
     * (docs/vendors/totvs-crm.md#filters). An incomplete list does no harm: a missing entry has a failure of its own.
     */
    listCatalog: async (kind: CatalogKind): Promise<readonly CrmCatalogEntry[]> =>
      (await api.records(resources[kind], crmCatalogEntry)).items,

    /** All entries of a list that only `ponte doctor` reads, e.g. the e-mail types (docs/vendors/totvs-crm.md#lists-of-ids). */
    listRegistry: async (resource: CrmResource): Promise<readonly CrmCatalogEntry[]> =>
      (await api.records(resource, crmCatalogEntry)).items,

    /** For `ponte discover`: the same list, and whether it is complete. */
    readCatalog: (kind: CatalogKind): Promise<CrmRecords<CrmCatalogEntry>> =>
      api.records(resources[kind], crmCatalogEntry),

    /** For `ponte doctor` and `discover`: all users, as far as the CRM sends them. */
    readUsers: (): Promise<CrmRecords<CrmUser>> => api.records(resources.user, crmUser),

    /**
     * For `ponte discover`: at most some 2,000 leads. With a time, those created since then, and others if the CRM ignores the filter
     * (docs/vendors/totvs-crm.md#filters).
     */
    async readLeads(createdSince?: Date): Promise<readonly CrmLead[]> {
      const value = createdSince?.toISOString()
      const filter = value === undefined ? undefined : filterOf({ field: 'createdAt', op: 'ge', value })
      return (await api.records(resources.lead, crmLead, { filter, mostPages: 20 })).items
    },

    /** For `ponte discover`: resolves when the integration API lists records of this kind. Otherwise throws a Failure. */
    probe: (kind: ProbedKind): Promise<void> => api.probe(resources[kind]),

    /** For `ponte doctor` and tests of the connection: whether the CRM finds records for a filter. One page is read. `unknown`: it sent none and says that there are more. */
    matchesOf: (kind: 'lead' | 'opportunity', filter: CrmFilter): Promise<'some' | 'none' | 'unknown'> =>
      api.matchesOf(resources[kind], filter),

    /** For `ponte rehearse`: the records of one page as they came. Any resource may be named, also one that does not exist. */
    pageOf: (resource: CrmResource, page: Parameters<typeof api.pageOf>[1]): Promise<readonly unknown[]> =>
      api.pageOf(resource, page),

    /** For `ponte rehearse`: removes its own record. Nothing happens when there is none; TOTVS CRM may refuse it (docs/vendors/totvs-crm.md#writes). */
    remove: (kind: 'lead' | 'opportunity', id: string): Promise<void> => api.remove(resources[kind], id),

    /** For `ponte doctor`: some opportunities, to see what records look like. Empty when there are none or none can be read. */
    sampleOpportunities: (): Promise<CrmOpportunity[]> => api.sample(resources.opportunity, crmOpportunity),

    /** For `ponte doctor`: some leads, to see which ids records use. */
    sampleLeads: (): Promise<CrmLead[]> => api.sample(resources.lead, crmLead),
  }
}

function requireOwnPath(settings: TenantSettings['totvsCrm'], contextUrl: string, id: string): void {
  if (!isOpportunityPath(contextUrl, settings.contextUrlPattern) || !isRecordId(id))
    throw new PermanentFailure('CRM_CONTEXT_URL_REFUSED')
}

export type TotvsCrmClient = ReturnType<typeof createTotvsCrmClient>
