import type { TotvsCrmClient } from '@ponte/clients'
import {
  DAY_MS,
  Failure,
  type FieldTarget,
  type Route,
  structuralMembers,
  targetOf,
  type TargetRecord,
  targetRecords,
  type TenantSettings,
  textMembers,
} from '@ponte/contracts'
import { findHiddenRules, type WatchedRule, watchedRules } from '@ponte/mappers'
import { findOpportunityCatalog } from '@ponte/registration'
import { nearName } from '@ponte/runtime'
import { readRuleUse, type RedisClient } from '@ponte/state'
import { customFieldsOf, judgeCrmUser, maskedEmail } from './crm-lists.ts'
import type { CheckName, DoctorFindings } from './doctor-investigation.ts'

const DAYS = 30

const uses = [
  {
    check: 'rule-places',
    warning: 'PLACES_WITHOUT_VALUE',
    isOf: ({ kind }: WatchedRule) => kind === 'place',
    nameOf: ({ name }: WatchedRule) => name,
  },
  {
    check: 'rule-matches',
    warning: 'RULES_WITHOUT_MATCH',
    isOf: ({ kind }: WatchedRule) => kind !== 'place',
    nameOf: ({ kind, name }: WatchedRule) => `${kind} "${name}"`,
  },
] as const

interface RecordedUse {
  readonly tenant: string
  readonly redis: RedisClient
  /** The setting that says where it is. */
  readonly redisSetting: string
}

/**
 * Is there a rule that can never apply, because another one takes every lead from it? And in the last 30 days, has every place that the
 * rules read had a value, and has every rule applied? The workers record that: nothing is said of what they have recorded for less time, or
 * if no lead came. No check for a tenant without rules.
 */
export async function checkRules(
  findings: DoctorFindings,
  settings: TenantSettings,
  { tenant, redis, redisSetting }: RecordedUse,
): Promise<void> {
  const rules = watchedRules(settings)
  if (rules.length === 0) return
  await findings.check('rule-order', {}, found => {
    for (const { rule, by } of findHiddenRules(settings))
      found('RULE_HIDDEN', { list: rule.list, rule: rule.name, byList: by.list, by: by.name })
  })
  for (const { check, warning, isOf, nameOf } of uses)
    await findings.check(check, { needs: ['redis'], facts: { setting: redisSetting } }, async found => {
      const { anyLead, useOf } = await readRuleUse(redis, tenant)
      const first = new Date(Date.now() - DAYS * DAY_MS).toISOString().slice(0, 10)
      if (anyLead?.last === undefined || anyLead.last < first) return found('NO_LEAD_WATCHED', { days: DAYS })
      const unused = rules
        .filter(isOf)
        .map(rule => ({ name: nameOf(rule), use: useOf(rule) }))
        .filter(({ use }) => use?.last === undefined || use.last < first)
      const long = unused.flatMap(({ name, use }) => (use !== undefined && use.since <= first ? [name] : []))
      // The name, with the day since which it is watched.
      const shortly = unused.flatMap(({ name, use }) =>
        use === undefined ? [name] : use.since > first ? [`${name} (${use.since})`] : [],
      )
      if (long.length > 0) found(warning, { names: long.join(', '), days: DAYS, since: anyLead.since })
      if (shortly.length > 0) found('WATCHED_SHORTLY', { names: shortly.join(', '), days: DAYS })
    })
}

/** What the checks of a tenant's TOTVS CRM look at. */
export interface CrmChecks {
  readonly findings: DoctorFindings
  readonly settings: TenantSettings
  readonly crm: TotvsCrmClient
}

/** Does TOTVS CRM have what the rules name? No check for a tenant without such rules. */
export async function checkCrmRules(checks: CrmChecks): Promise<void> {
  const { routes, fields } = checks.settings
  if (routes.some(namesTarget)) await checkRouteTargets(checks)
  if (routes.some(({ then }) => then.owner !== undefined)) await checkRouteOwners(checks)
  if (fields.length > 0) await checkRuleFields(checks)
}

const namesTarget = ({ then: { pipeline, stage, type } }: Route): boolean =>
  pipeline !== undefined || stage !== undefined || type !== undefined

/**
 * Do pipeline, stage and type of each route exist? They are looked up as a worker does. The stage, even one of the variables, is looked up
 * in the route's own pipeline. A look-up ends at its first problem: what that names is left out of the route, and the rest of it is looked up
 * again. Where a variable that the route relies on cannot be found, nothing more is known of the route.
 */
async function checkRouteTargets({ findings, settings, crm }: CrmChecks): Promise<void> {
  const options = { needs: ['crm-login'], facts: { setting: 'totvsCrm.resources' } } as const
  await findings.check('crm-routes', options, async (found, lacks) => {
    const context = { tenant: { settings }, crm: listingOnce(crm), catalogs: new Map() } satisfies Context
    for (const route of settings.routes) {
      let left: Route | undefined = route
      while (left !== undefined && namesTarget(left)) left = await lookUp(left)
    }

    async function lookUp(route: Route): Promise<Route | undefined> {
      try {
        await findOpportunityCatalog(context, route)
        return undefined
      } catch (error) {
        if (!(error instanceof Failure)) throw error
        const { problem, variable } = error.context
        if (isVariable(variable)) {
          lacks(checkOfVariable[variable])
          return undefined
        }
        if (problem !== 'pipeline' && problem !== 'stage' && problem !== 'type') throw error
        const value = route.then[problem] ?? settings.variables.totvs_crm_oportunity_stage
        found(error.code, { route: route.name, [problem]: value })
        return without(problem, route)
      }
    }
  })
}

type Context = Parameters<typeof findOpportunityCatalog>[0]

/** Reads each list once, because there may be many routes. */
function listingOnce(crm: TotvsCrmClient): Context['crm'] {
  const lists = new Map<string, ReturnType<TotvsCrmClient['listCatalog']>>()
  return {
    listCatalog(kind) {
      const list = lists.get(kind) ?? crm.listCatalog(kind)
      lists.set(kind, list)
      return list
    },
  }
}

const checkOfVariable = {
  totvs_crm_pipeline: 'crm-pipeline',
  totvs_crm_oportunity_stage: 'crm-stage',
  totvs_crm_oportunity_type: 'crm-opportunity-type',
} as const satisfies Record<string, CheckName>

const isVariable = (variable: unknown): variable is keyof typeof checkOfVariable =>
  typeof variable === 'string' && Object.hasOwn(checkOfVariable, variable)

/** The route without what the problem names. Pipeline and stage go together: neither can be found without the other. */
function without(problem: 'pipeline' | 'stage' | 'type', { then: { pipeline, stage, type }, ...route }: Route): Route {
  const rest =
    problem === 'type'
      ? { ...(pipeline !== undefined && { pipeline }), ...(stage !== undefined && { stage }) }
      : { ...(type !== undefined && { type }) }
  // oxlint-disable-next-line unicorn/no-thenable -- The name is that of the tenants file.
  return { ...route, then: rest }
}

const ownerProblems = {
  'not-found': 'ROUTE_OWNER_NOT_FOUND',
  inactive: 'ROUTE_OWNER_INACTIVE',
  'without-role': 'ROUTE_OWNER_WITHOUT_ROLE',
} as const

/** Can each owner of each route own leads? Leads skip those who cannot. */
async function checkRouteOwners({ findings, settings: { routes }, crm }: CrmChecks): Promise<void> {
  const options = { needs: ['crm-login'], facts: { setting: 'totvsCrm.resources.user' } } as const
  await findings.check('crm-route-owners', options, async found => {
    const known = new Map<string, Awaited<ReturnType<typeof judgeCrmUser>>>()
    for (const { name, then } of routes) {
      for (const [index, owner] of (then.owner ?? []).entries()) {
        const state = known.get(owner) ?? (await judgeCrmUser(owner, crm))
        known.set(owner, state)
        if (state !== 'usable')
          found(ownerProblems[state], { route: name, value: maskedEmail(owner), number: index + 1 })
      }
    }
  })
}

/** Members of both kinds of record besides those that rules treat specially (docs/vendors/totvs-crm.md). */
const otherMembers = {
  lead: ['code', 'leadSituationId', 'leadOriginId', 'createdAt', 'updatedAt'],
  opportunity: ['code', 'totalValue', 'lossReason', 'createdAt', 'updatedAt'],
} as const satisfies Record<TargetRecord, readonly string[]>

/**
 * Do TOTVS CRM's records have the fields that rules write? Existing records decide. TOTVS CRM may leave out empty fields, so a field that
 * none of them has is a warning.
 */
async function checkRuleFields({ findings, settings: { fields, totvsCrm }, crm }: CrmChecks): Promise<void> {
  for (const record of targetRecords) {
    const own = fields.map(({ to }) => ({ to, target: targetOf(to) })).filter(({ target }) => target.record === record)
    if (own.length === 0) continue
    const facts = { setting: `totvsCrm.resources.${record}` }
    await findings.check('crm-rule-fields', { needs: ['crm-leads'], facts }, async found => {
      const sample = await (record === 'lead' ? crm.sampleLeads() : crm.sampleOpportunities())
      const records = sample.length
      if (records === 0) return found('NO_RECORD_SHOWN', { targets: listed(own) })
      const { members, customFields } = namesIn(record, sample, totvsCrm.customFields)
      const areShown = customFields.length > 0
      const custom = own.filter(({ target }) => target.kind === 'customField')
      if (!areShown && custom.length > 0) found('CUSTOM_FIELDS_NOT_SHOWN', { targets: listed(custom), records })
      for (const { to, target } of areShown ? own : own.filter(each => !custom.includes(each))) {
        const isCustom = target.kind === 'customField'
        const names = isCustom ? customFields : members
        if (names.some(each => isSame(each, target))) continue
        const similar = nearName(target.name, names, { parts: true })
        const facts = { target: to, records, ...(similar !== undefined && { similar }) }
        found(isCustom ? 'CUSTOM_FIELD_NOT_SEEN' : 'MEMBER_NOT_SEEN', facts)
      }
    })
  }
}

const listed = (targets: readonly { readonly to: string }[]): string =>
  [...new Set(targets.map(({ to }) => to))].join(', ')

function namesIn(
  record: TargetRecord,
  sample: readonly Readonly<Record<string, unknown>>[],
  form: TenantSettings['totvsCrm']['customFields'],
): { readonly members: readonly string[]; readonly customFields: readonly string[] } {
  const standard: readonly string[] = [...structuralMembers[record], ...textMembers[record], ...otherMembers[record]]
  const seen = sample.flatMap(each => Object.keys(each).filter(name => each[name] !== undefined))
  const shown = sample.flatMap(each => customFieldsOf(each).filter(fields => fields.form === form))
  return {
    members: [...new Set([...standard, ...seen])],
    customFields: [...new Set(shown.flatMap(({ names }) => names))].filter(
      name => form !== 'flat' || !standard.includes(name),
    ),
  }
}

/** Custom fields are found without regard to case. */
const isSame = (one: string, { kind, name }: FieldTarget): boolean =>
  kind === 'customField' ? one.toLowerCase() === name.toLowerCase() : one === name
