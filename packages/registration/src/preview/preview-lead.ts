import {
  type CrmLead,
  failureMessage,
  type Identities,
  identitiesOf,
  type JobData,
  lackingPlaces,
  type Message,
  message,
  type RegisteredLead,
  type TenantSettings,
  requirementsOf,
  type RuleInput,
  valuesAt,
  type FailureCode,
  type LeadEvent,
  type CrmCatalogEntry,
  type Route,
} from '@ponte/contracts'
import { applyFilters, type FilterResult, findRoute, whyNotSent } from '@ponte/mappers'
import {
  type Conversion,
  isLate,
  type LeadHistory,
  type ModeRecord,
  packageUntilFor,
  type RecordedMarks,
} from '@ponte/state'
import {
  type CausedEvent,
  toCausedEvent,
  isEcho,
  planRegistration,
  type RegistrationPlan,
} from '../plan-registration.ts'
import { decideOpportunity } from '../decide-opportunity.ts'
import { findLead } from '../find-lead.ts'
import type { ReadingContext } from '../reading-context.ts'
import { causeOf } from '../registration-cause.ts'
import type {
  LeadPreview,
  LeadStanding,
  OpportunityPreview,
  RulePreview,
  DeliveryPreview,
  PlaceEntry,
  PlacePreview,
} from './lead-preview.ts'
import { previewOwner } from './preview-owner.ts'
import { previewRows } from './preview-rows.ts'
import { type Answer, createQuestions, type Questions } from './crm-reader.ts'
import { type OpportunityCatalog, readOpportunityCatalog } from '../opportunity-catalog.ts'

/** What Ponte recorded about the person and the lead. Without it, a preview treats the person as one that Ponte has never seen. */
export interface RecordedOfPerson {
  readonly marks: RecordedMarks
  /** For each identity, the lead that it belonged to at its last delivery. */
  readonly linked: readonly (string | undefined)[]
  /** When the conversion happened for which an earlier run began to create the lead, if its result is unknown. */
  readonly unfinishedCreationAt: number | undefined
  historyOf(leadId: string): Promise<LeadHistory>
  /** The conversion of the lead, if it was at this time. Undefined where nothing is recorded. */
  conversionAt(at: number): Conversion | undefined
  /** What the package did, or may have done, follows from it. */
  readonly mode: ModeRecord
}

export type ReadRecorded = (lead: RegisteredLead, identities: Identities) => Promise<RecordedOfPerson>

export interface PreviewDeps {
  readonly settings: TenantSettings
  /** TOTVS CRM, for one look. See `createCrmReader`. */
  readonly openCrm: () => ReadingContext['crm']
  readonly readRecorded?: ReadRecorded
  /** Why TOTVS CRM is not asked at all. */
  readonly notAsked?: Message
  /** Marks of contacts until then are the package's, in milliseconds since 1970 (`causeOf`). In place of what is recorded. */
  readonly packageUntil?: number
  /** A failure that may pass is thrown, and the caller asks again later. */
  readonly retriesLater?: boolean
}

/** The event of a job, or one that was just parsed. */
export type PreviewedEvent = Pick<JobData<'lead.registered'>, 'key' | 'lead' | 'receivedAt' | 'v' | 'import' | 'owner'>

/**
 * What Ponte would make of a lead if it came now. Reads TOTVS CRM, writes nothing anywhere, and takes no turn of a route. If TOTVS CRM
 * cannot be asked, the result holds only what the rules make of the lead, and says so.
 */
export async function previewLead(event: PreviewedEvent, deps: PreviewDeps): Promise<LeadPreview> {
  const { lead } = event
  const { settings } = deps
  const filtered = applyFilters(settings.filters, event)
  const filter = explainRule([...settings.filters.skip, ...settings.filters.send], filtered.rule, event)
  const identities = identitiesOf(lead)
  const { contact, funnel } = lackingPlaces(event, settings)
  const lacking = [...contact, ...funnel]
  const notes: Message[] = [...(lead.messages ?? [])]
  const unsent = (outcome: 'skipped' | 'failed', reason: Message): LeadPreview => ({
    ...untouched(event, settings),
    outcome,
    reasons: [reason],
    filter,
    notes,
  })
  if (identities === undefined) return unsent('failed', failureMessage('LEAD_WITHOUT_IDENTITY', {}))
  if (!filtered.isSent) return unsent('skipped', whyNotSent(filtered))

  const recorded = (await deps.readRecorded?.(lead, identities)) ?? nothingRecorded
  const questions = createQuestions(deps.notAsked, deps)
  const context: ReadingContext = {
    tenant: { settings },
    crm: deps.openCrm(),
    users: new Map(),
    catalogs: new Map(),
    note: note => void notes.push(note),
  }
  const { mode } = recorded
  // An event that is not in a queue yet has its owner when it comes.
  const { owner: ownedBy = mode.mode === 'shadow' ? 'shadow' : 'ponte' } = event
  const owned = { owner: ownedBy, receivedAt: Date.parse(event.receivedAt) }
  const cause = causeOf(event, recorded.marks, deps.packageUntil ?? packageUntilFor(mode, owned))
  const lateSince = isLate(mode, owned) ? owned.receivedAt : undefined
  const caused = { ...event, ...toCausedEvent(event.key, cause, recorded.conversionAt) }
  const found = await questions.ask(() => findLead({ identities, linked: recorded.linked }, context))
  const registration = await planFor({ event: caused, found, recorded, questions })
  if (registration.kind === 'skip') return { ...unsent('skipped', registration.summary), lead: standingOf(found) }

  const keepsLead = registration.write === 'keep'
  const route = findRoute(settings.routes, event)
  const asking = { context, questions }
  const opportunity = await previewOpportunity({ event: caused, found, registration, lateSince }, asking)
  const isOpened = opportunity.standing !== 'held-up'
  const question = { ownerEmail: lead.ownerEmail, route }
  const { owner, ofOpportunity } = await previewOwner(question, { found, isOpened }, asking)
  // The entries of a route have to exist even if no opportunity is opened in the end, and for each new lead. Variables are looked up only when one is.
  const isRouted = registration.opensOpportunity || (found.isKnown && found.value === undefined)
  const isPlaced = isOpened || (route !== undefined && isRouted)
  const place = isPlaced ? await previewPlace(route, asking) : placeOf(route, settings)
  if (lead.email === undefined) notes.push(message('lead-without-email'))
  const failed = questions.failed()
  const sent = whySent(filtered)
  return {
    ...untouched(event, settings),
    outcome: failed.length > 0 ? 'failed' : 'sent',
    reasons: failed.length > 0 ? failed : sent,
    crmFailure: questions.unanswered(),
    lacking,
    filter,
    route: explainRule(settings.routes, route?.name, event),
    lead: standingOf(found, keepsLead),
    owner,
    place,
    opportunity: { ...opportunity, owner: ofOpportunity },
    rows: previewRows({
      ...{ input: event, settings, found, opportunity: opportunity.standing },
      fillsOnly: registration.write === 'fill',
    }).filter(({ target }) => !keepsLead || !target.startsWith('lead.')),
    notes,
  }
}

function whySent({ rule, untold }: FilterResult): readonly Message[] {
  if (untold.length > 0) return [message('lead-sent-untold', { places: untold })]
  return rule === undefined ? [] : [message('lead-sent-by-rule', { rule })]
}

const nothingRecorded: RecordedOfPerson = {
  marks: { isOwn: () => false, latestIfOwn: () => undefined },
  linked: [],
  unfinishedCreationAt: undefined,
  historyOf: () => Promise.resolve({}),
  conversionAt: () => undefined,
  mode: { mode: 'live', since: 0 },
}

type Found = Answer<CrmLead | undefined>

/** A preview of a lead for which nothing is looked up. */
function untouched({ key }: PreviewedEvent, settings: TenantSettings): Omit<LeadPreview, 'outcome' | 'reasons'> {
  return {
    kind: 'lead',
    key,
    crmFailure: undefined,
    lacking: [],
    filter: undefined,
    route: undefined,
    routes: settings.routes.length,
    lead: { standing: 'unknown' },
    owner: { standing: 'unknown', users: [], reasons: [] },
    place: placeOf(undefined, settings),
    opportunity: { standing: 'unknown', id: undefined, reason: undefined, owner: undefined },
    rows: [],
    notes: [],
  }
}

interface Observed {
  readonly event: PreviewedEvent & CausedEvent
  readonly found: Found
}

type Applied = Extract<RegistrationPlan, { kind: 'apply' }>

async function planFor({
  event,
  found,
  recorded,
  questions,
}: Observed & { readonly recorded: RecordedOfPerson; readonly questions: Questions }): Promise<RegistrationPlan> {
  const leadId = found.isKnown ? found.value?.id : undefined
  if (found.isKnown && leadId === undefined && isEcho(event.cause))
    return { kind: 'skip', summary: message('own-mark-without-lead') }
  const read = leadId === undefined ? undefined : await questions.ask(() => recorded.historyOf(leadId))
  return planRegistration({
    ...event,
    leadId: leadId ?? '',
    history: read?.isKnown === true ? read.value : {},
    createdFromConversionAt: leadId === undefined ? undefined : recorded.unfinishedCreationAt,
    opensNone: event.import?.opensOpportunity === false,
  })
}

function standingOf(found: Found, keepsLead = false): LeadStanding {
  if (!found.isKnown) return { standing: 'unknown' }
  if (found.value === undefined) return { standing: 'new' }
  return { standing: keepsLead ? 'kept' : 'known', id: found.value.id, name: found.value.name }
}

type OpportunityStanding = Omit<OpportunityPreview, 'owner'>

async function previewOpportunity(
  {
    event,
    found,
    registration,
    lateSince,
  }: Observed & { readonly registration: Applied; readonly lateSince: number | undefined },
  { context, questions }: { readonly context: ReadingContext; readonly questions: Questions },
): Promise<OpportunityStanding> {
  const heldUp = (reason: Message, id?: string): OpportunityStanding => ({ standing: 'held-up', id, reason })
  const without = (standing: 'opened' | 'unknown'): OpportunityStanding => ({
    standing,
    id: undefined,
    reason: undefined,
  })
  if (!registration.opensOpportunity) return heldUp(registration.whyNone)
  if (!found.isKnown) return without('unknown')
  if (found.value === undefined) return without('opened')
  const question = { key: event.key, lead: event.lead, leadId: found.value.id, cause: event.cause, lateSince }
  const decided = await questions.ask(() => decideOpportunity({ ...question, history: registration.current }, context))
  if (!decided.isKnown) return without('unknown')
  const decision = decided.value
  if (decision.kind === 'open') return without('opened')
  if (decision.kind === 'held-up') return heldUp(decision.summary)
  const key = decision.kind === 'in-progress' ? 'opportunity-in-progress' : 'opportunity-found-open'
  return heldUp(message(key), decision.opportunity.id)
}

/** The rule of this name, with the lead's values for each key of its condition. Undefined when there is none. */
function explainRule(
  rules: TenantSettings['filters']['send'],
  name: string | undefined,
  input: RuleInput,
): RulePreview | undefined {
  const rule = rules.find(each => each.name === name)
  if (rule === undefined) return undefined
  const conditions = requirementsOf(rule.when).map(({ key, places, patterns }) => ({
    ...{ key, patterns },
    values: places.flatMap(place => valuesAt(place, input)),
  }))
  return { name: rule.name, conditions }
}

/** What was read of a delivery of RD Station. */
interface ReadDelivery {
  readonly events: readonly LeadEvent[]
  readonly quarantined: readonly { readonly code: FailureCode; readonly issues: readonly Message[] }[]
  readonly ignored: readonly { readonly kind: string }[]
}

/** What would become of each part of a delivery: first its leads, one by one, then the other parts. */
export async function* previewDelivery(
  { events, quarantined, ignored }: ReadDelivery,
  { receivedAt, ...deps }: PreviewDeps & { readonly receivedAt: string },
): AsyncGenerator<DeliveryPreview> {
  for (const { key, lead } of events) yield await previewLead({ v: 1, key, lead, receivedAt }, deps)
  for (const { code, issues } of quarantined) yield { kind: 'quarantined', code, issues }
  for (const { kind: what } of ignored) yield { kind: 'ignored', what }
}

/** The pipeline, stage and type of a new opportunity. If one of them cannot be found, none has an id, and the event fails. */
async function previewPlace(
  route: Route | undefined,
  { context, questions }: { readonly context: ReadingContext; readonly questions: Questions },
): Promise<PlacePreview> {
  const found = await questions.ask(() => readOpportunityCatalog(context, route))
  return placeOf(route, context.tenant.settings, found.isKnown ? found.value : undefined)
}

/** The pipeline, stage and type as the settings name them. `catalog`: as TOTVS CRM has them. */
function placeOf(route: Route | undefined, { variables }: TenantSettings, catalog?: OpportunityCatalog): PlacePreview {
  const entry = (ofRoute: string | undefined, variable: string, known: CrmCatalogEntry | undefined): PlaceEntry => ({
    wanted: ofRoute ?? variable,
    from: ofRoute === undefined ? 'variable' : 'route',
    id: known?.id,
    description: known?.description,
  })
  return {
    pipeline: entry(route?.then.pipeline, variables.totvs_crm_pipeline, catalog?.pipeline),
    stage: entry(route?.then.stage, variables.totvs_crm_oportunity_stage, catalog?.stage),
    type: entry(route?.then.type, variables.totvs_crm_oportunity_type, catalog?.opportunityType),
  }
}
