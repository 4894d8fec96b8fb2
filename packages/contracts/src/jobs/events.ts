import type { z } from 'zod'
import type { Texts } from '../language.ts'
import { leadRegistered, opportunityChanged, type RegisteredLead } from './job-data.ts'
import type { Destination, System } from '../system.ts'

/**
 * One event. `en` and `pt` are its name on pages and in documents. A trigger of TOTVS CRM may be called so as well, so they have the
 * trigger's words.
 */
interface EventRow extends Texts {
  /** What Ponte does when its job runs or is retried: for docs/behaviour/README.md, and for the operator who corrects and retries it. */
  readonly does: Texts
  readonly destination: Destination
  /** The shape of its job. */
  readonly data: z.ZodType
  /** What `ponte send --event` calls it. */
  readonly shortName: string
  /** Its job makes marks in RD Station, in rounds that `statusRD` reports. Only the newest failure of an opportunity counts. */
  readonly isMark: boolean
  /** Events of one opportunity that wait together share one job, which reads the opportunity when it runs. */
  readonly isCoalesced: boolean
}

interface RdEventRow extends EventRow {
  readonly source: 'rd-station'
  readonly about: 'lead'
}

/** An event that a workflow of TOTVS CRM announces. Its webhook names an opportunity. */
interface CrmEventRow extends EventRow {
  readonly source: 'totvs-crm'
  readonly about: 'opportunity'
  /** The last part of the webhook's address. */
  readonly intent: `opportunity-${string}`
  readonly trigger: {
    /** What TOTVS CRM calls the trigger of the workflow. */
    readonly description: `Opportunity ${string}`
    /** The trigger's words in both languages, folded. */
    readonly words: RegExp
  }
}

/** The state of the opportunity decides, not the event. */
const makesMark = {
  en: 'reads the opportunity in TOTVS CRM and makes the mark in RD Station that its state asks for',
  pt: 'lê a oportunidade no TOTVS CRM e faz no RD Station a marcação que a situação dela pede',
}

/**
 * Every event that a webhook can bring: the only list of them. Addresses, jobs, queues, `ponte send`, the sandbox's workflows, the words of
 * the pages and the tables of docs/installing.md and docs/behaviour/README.md come from here. When a trigger has the words of several events, the
 * first one counts: "Oportunidade atualizada como ganha" is a sale.
 */
const table = {
  'lead.registered': {
    source: 'rd-station',
    about: 'lead',
    destination: 'totvs-crm',
    does: {
      en: 'creates or updates the lead in TOTVS CRM and opens its opportunity',
      pt: 'cria ou atualiza o lead no TOTVS CRM e abre a oportunidade dele',
    },
    data: leadRegistered,
    shortName: 'lead',
    isMark: false,
    isCoalesced: false,
    en: 'New lead from RD Station',
    pt: 'Novo lead do RD Station',
  },
  'opportunity.won': {
    source: 'totvs-crm',
    about: 'opportunity',
    destination: 'rd-station',
    does: makesMark,
    data: opportunityChanged,
    shortName: 'won',
    isMark: true,
    isCoalesced: false,
    intent: 'opportunity-won',
    trigger: { description: 'Opportunity won', words: /\b(?:won|ganh[ao]s?|vencid[ao]s?)\b/ },
    en: 'Opportunity won',
    pt: 'Oportunidade ganha',
  },
  'opportunity.lost': {
    source: 'totvs-crm',
    about: 'opportunity',
    destination: 'rd-station',
    does: makesMark,
    data: opportunityChanged,
    shortName: 'lost',
    isMark: true,
    isCoalesced: false,
    intent: 'opportunity-lost',
    trigger: { description: 'Opportunity lost', words: /\b(?:lost|perdid[ao]s?)\b/ },
    en: 'Opportunity lost',
    pt: 'Oportunidade perdida',
  },
  'opportunity.created': {
    source: 'totvs-crm',
    about: 'opportunity',
    destination: 'rd-station',
    does: makesMark,
    data: opportunityChanged,
    shortName: 'created',
    isMark: true,
    isCoalesced: false,
    intent: 'opportunity-created',
    trigger: {
      description: 'Opportunity created',
      words: /\b(?:created|criad[ao]s?|new|nov[ao]s?|cadastrad[ao]s?)\b/,
    },
    en: 'Opportunity created',
    pt: 'Oportunidade criada',
  },
  'opportunity.updated': {
    source: 'totvs-crm',
    about: 'opportunity',
    destination: 'rd-station',
    does: makesMark,
    data: opportunityChanged,
    shortName: 'updated',
    isMark: true,
    isCoalesced: true,
    intent: 'opportunity-updated',
    trigger: {
      description: 'Opportunity updated',
      words: /\b(?:updated|atualizad[ao]s?|changed|alterad[ao]s?|editad[ao]s?)\b/,
    },
    en: 'Opportunity updated',
    pt: 'Oportunidade atualizada',
  },
} as const satisfies Readonly<Record<string, RdEventRow | CrmEventRow>>

type Table = typeof table

export type EventName = keyof Table
/** The events whose rows have this type. */
type NamesOf<Row> = { [Name in EventName]: Table[Name] extends Row ? Name : never }[EventName]
export type CrmEventName = NamesOf<CrmEventRow>
/** The events that end in a mark. */
export type MarkEventName = NamesOf<{ readonly isMark: true }>
export type CrmIntent = Table[CrmEventName]['intent']
export type EventShortName = Table[EventName]['shortName']

export const events: Table = table

/** Type guard: is this the name of an event? */
export const isEventName = (text: string): text is EventName => Object.hasOwn(table, text)
/** Does an event of this name end in a mark? */
export const isMarkEvent = (name: string): name is MarkEventName => isEventName(name) && events[name].isMark
/** Does an event of this name bring a lead? */
export const isLeadEvent = (name: string): name is NamesOf<{ readonly about: 'lead' }> =>
  isEventName(name) && events[name].about === 'lead'
const isCrmEventName = (name: EventName): name is CrmEventName => events[name].source === 'totvs-crm'

const eventNames: readonly EventName[] = Object.keys(table).filter(isEventName)
export const crmEventNames: readonly CrmEventName[] = eventNames.filter(isCrmEventName)

/** Do deliveries of this source bring leads? */
export const bringsLeads = (source: System): boolean =>
  eventNames.some(name => isLeadEvent(name) && events[name].source === source)

const markEventNames: readonly MarkEventName[] = eventNames.filter(isMarkEvent)

/** A value for each event that ends in a mark. */
export function mapMarkEvents<Value>(valueOf: (name: MarkEventName) => Value): Readonly<Record<MarkEventName, Value>> {
  const found: Partial<Record<MarkEventName, Value>> = Object.fromEntries(
    markEventNames.map(name => [name, valueOf(name)]),
  )
  if (!hasAllMarkEvents(found)) throw new Error('an event that makes a mark is missing')
  return found
}
const hasAllMarkEvents = <Value>(
  values: Partial<Record<MarkEventName, Value>>,
): values is Record<MarkEventName, Value> => markEventNames.every(name => Object.hasOwn(values, name))

/** The last parts of the addresses of the CRM's webhooks. */
export const crmIntents: readonly CrmIntent[] = crmEventNames.map(name => events[name].intent)

/** The event that an address names; nothing for any other text. */
export const eventOfIntent = (intent: string): CrmEventName | undefined =>
  crmEventNames.find(name => events[name].intent === intent)

/** Type guard: is this the intent of an address? */
export const isCrmIntent = (text: string): text is CrmIntent => eventOfIntent(text) !== undefined

/** The CRM's event with this name in `ponte send`. */
export const crmEventOfShortName = (shortName: string): CrmEventName | undefined =>
  crmEventNames.find(name => events[name].shortName === shortName)

export const eventShortNames: readonly EventShortName[] = eventNames.map(name => events[name].shortName)

/** Triggers of TOTVS CRM that are not events of Ponte. The sandbox can fire them as well. */
const otherTriggers = ['Lead created', 'Lead updated', 'Opportunity discarded'] as const

export type CrmTrigger = Table[CrmEventName]['trigger']['description'] | (typeof otherTriggers)[number]

/** Every trigger that the sandbox knows. */
export const crmTriggers: readonly CrmTrigger[] = [
  ...crmEventNames.map(name => events[name].trigger.description),
  ...otherTriggers,
]

export interface LeadEvent {
  readonly name: 'lead.registered'
  readonly key: string
  readonly lead: RegisteredLead
  /** What the delivery had of the members that Ponte watches (`toSeenText`). */
  readonly seen?: string
}

export interface OpportunityEvent {
  readonly name: CrmEventName
  readonly key: string
  readonly opportunityId: string
  /** Untrusted: compared with the tenant's pattern before use. */
  readonly contextUrl: string
  /** The address of the webhook said what happened, and the trigger's text does not say it in words that Ponte knows. */
  readonly triggerUnread?: true
}

/** One event of a delivery. `name` says which of the two shapes it has. */
export type DeliveredEvent = LeadEvent | OpportunityEvent
