import {
  crmLead,
  isRecord,
  type Language,
  type Message,
  type RegisteredLead,
  renderMessage,
  type TenantSettings,
} from '@ponte/contracts'
import {
  applyFilters,
  type Decision,
  findRoute,
  leadWritingOf,
  notesOf,
  toCrmLead,
  toCrmLeadChange,
  toCrmOpportunity,
} from '@ponte/mappers'
import { findOpportunityCatalog, findOwners } from '@ponte/registration'
import { parseTenants } from '@ponte/runtime'
import { parseRdDelivery } from '@ponte/webhooks'

/** When the deliveries of the examples came, as the pages say. */
const receivedAt = '2026-03-05T13:00:00.000Z'

const tenant = `tenants:
  acme:
    webhookTokens: { rdStation: rd-webhook-token-1234, totvsCrm: crm-webhook-token-1234 }
    rdStation: { clientId: id, clientSecret: secret, refreshToken: refresh }
    totvsCrm: { username: user, password: password, tenant: acme }
    variables: { totvs_crm_default_user: vendas@example.com }
`

/** The settings of a tenant that has these lines in its tenants file, checked as at the start of a process. */
export function readSettings(yaml: string): TenantSettings {
  const [found] = parseTenants(tenant + yaml.replaceAll(/^(?=.)/gm, '    '), {})
  if (found === undefined) throw new Error('there is no tenant')
  return found.settings
}

/** One delivery of an example, the settings it meets, and the lead that TOTVS CRM has before it comes. */
export interface Example {
  readonly settings: TenantSettings
  readonly delivery: unknown
  readonly before?: unknown
  readonly language: Language
}

/** What becomes of it, in the words of the pages: without ids of the variables, with names where the record has ids. */
export async function runExample({ settings, delivery, before, language }: Example): Promise<Record<string, unknown>> {
  const { events, quarantined } = parseRdDelivery(delivery, settings)
  const [event] = events
  const textsOf = (messages: readonly Message[]) =>
    messages.length === 0 ? {} : { notes: messages.map(each => renderMessage(each, language)) }
  const inWords = (decisions: readonly Decision[]) => textsOf(notesOf(decisions))
  if (event === undefined) {
    const [part] = quarantined
    return part === undefined ? {} : { quarantined: part.code, ...textsOf(part.issues) }
  }
  const { lead } = event
  const input = { lead, receivedAt }
  const { isSent, rule } = applyFilters(settings.filters, input)
  if (!isSent) return { skipped: rule ?? 'send' }

  const writing = leadWritingOf(input, settings)
  if (before !== undefined) {
    const { change, decisions } = toCrmLeadChange(lead, crmLead.parse(before), writing)
    return { change: withoutIds(change), ...inWords(decisions) }
  }
  const writtenLead = toCrmLead(lead, { ...writing, userId: 'user' })
  const { opportunity, decisions, ...routed } = await route(lead, { settings, input })
  return {
    ...routed,
    lead: withoutIds(writtenLead.lead),
    opportunity,
    ...inWords([...writtenLead.decisions, ...decisions]),
  }
}

interface Routing {
  readonly settings: TenantSettings
  readonly input: Parameters<typeof findRoute>[1]
}

async function route(lead: RegisteredLead, { settings, input }: Routing) {
  const found = findRoute(settings.routes, input)
  const context = crmOf(settings)
  const catalog = await findOpportunityCatalog(context, found)
  const owners = await findOwners({ ownerEmail: lead.ownerEmail, route: found }, context)
  const { fields, codec } = leadWritingOf(input, settings)
  const place = { ...catalog, leadId: 'lead', userId: 'user', statusMap: settings.totvsCrm.statusMap }
  const { opportunity, decisions } = toCrmOpportunity(lead, { place, fields, codec })
  const { status: _status, leadId: _lead, userId: _user, pipeline, stage, opportunityType, ...own } = opportunity
  const entries = { pipeline: pipeline.id, stage: stage.id, opportunityType: opportunityType.id }
  const responsible = owners.kind === 'in-turn' ? owners.users.map(({ id }) => id) : owners.user.id
  return {
    ...(found && { route: found.name }),
    // Where nothing chooses a user it is the default one, and where no route matches the variables count.
    ...(owners.kind !== 'default' && { responsible }),
    opportunity: { ...own, ...(found && entries) },
    decisions,
  }
}

/** A CRM that has all users, pipelines, stages and types that the settings name, each under its name as id. */
function crmOf(settings: TenantSettings) {
  const { routes, variables } = settings
  const named = [
    ...routes.map(({ then }) => then),
    {
      pipeline: variables.totvs_crm_pipeline,
      stage: variables.totvs_crm_oportunity_stage,
      type: variables.totvs_crm_oportunity_type,
    },
  ]
  const entry = (name: string | undefined, pipeline?: string) =>
    name === undefined
      ? []
      : { id: name, description: name, pipelineId: pipeline ?? variables.totvs_crm_pipeline, pipeline: undefined }
  const lists: Readonly<Record<string, ReturnType<typeof entry>[]>> = {
    pipeline: named.map(({ pipeline }) => entry(pipeline)),
    stage: named.map(({ stage, pipeline }) => entry(stage, pipeline)),
    opportunityType: named.map(({ type }) => entry(type)),
  }
  const emails = [variables.totvs_crm_default_user, ...routes.flatMap(({ then }) => then.owner ?? []), RD_OWNER]
  const users = emails.map(email => ({
    id: email,
    name: email,
    roleId: 'role',
    active: true,
    userEmail: [{ email }],
  }))
  return {
    tenant: { settings },
    crm: {
      findUsers: (_filter: unknown, isWanted: (user: (typeof users)[number]) => boolean) =>
        Promise.resolve(users.filter(isWanted)),
      listCatalog: (name: string) =>
        Promise.resolve([...new Map((lists[name] ?? []).flat().map(each => [each.id, each])).values()]),
    },
    users: new Map<string, (typeof users)[number]>(),
    catalogs: new Map<string, { id: string; description: string; pipelineId: string; pipeline: undefined }[]>(),
    note: () => undefined,
  }
}

/** The owner in RD Station whom the examples name. */
const RD_OWNER = 'helena@example.com'

/** What the pages leave out: ids of the variables and what follows from the order. */
const left = /^(?:\w+Id|addressType|standard|type)$/

function withoutIds(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutIds)
  if (!isRecord(value)) return value
  const kept = Object.entries(value).filter(([key]) => key === 'externalId' || !left.test(key))
  return Object.fromEntries(kept.map(([key, member]) => [key, key === 'customFields' ? member : withoutIds(member)]))
}
