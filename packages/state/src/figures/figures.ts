import type { Histogram } from './histogram.ts'

/**
 * How events ended, each under its last outcome. `event` may also be `delivery` (a quarantined one), `status-rd.changed` (a write of
 * Ponte's own) or `unknown`.
 */
export interface EndedJobs {
  readonly event: string
  readonly outcome: FinalOutcome
  /** The failure code, only for `failed`. */
  readonly code?: string
  readonly count: number
}

/** `removed`: it had failed, and a person removed it. */
export type FinalOutcome = 'done' | 'skipped' | 'failed' | 'removed'
export const finalOutcomes: readonly FinalOutcome[] = ['done', 'skipped', 'failed', 'removed']

export type Counts = Readonly<Record<string, number>>

/** What is counted for one tenant in an hour, a day, or several of them. See docs/behaviour/figures.md. */
export interface Figures {
  /** Events that were delivered, by event name. Repeated deliveries are not counted. */
  readonly received: Counts
  readonly ended: readonly EndedJobs[]
  /** Events that were done or skipped at their first attempt. */
  readonly firstTry: number
  /** From the delivery of an event until it was done. */
  readonly times: Histogram
  /** Leads that Ponte created or changed in TOTVS CRM. */
  readonly leads: { readonly created: number; readonly updated: number }
  /** Conversions that were carried out, by their source and by their identifier, as RD Station names them. `otherText`: all others. */
  readonly sources: Counts
  readonly identifiers: Counts
  /** Leads that were created with the default user, because no other could be responsible. */
  readonly defaultUser: number
  /** Opportunities that Ponte opened in TOTVS CRM. */
  readonly opportunities: number
  /** Marks that Ponte made in RD Station. A mark that was repeated because another opportunity had ended is not counted again. */
  readonly marks: { readonly opportunity: number; readonly sale: number; readonly loss: number }
  /** The value of all sales that were marked. */
  readonly saleCents: number
  /** The reasons of the losses that were marked. `otherText`: all others. */
  readonly lossReasons: Counts
  /** Calls by quota of RD Station, and all calls to TOTVS CRM. */
  readonly calls: { readonly contacts: number; readonly events: number; readonly crm: number }
}

/** Nothing was counted. */
export const noFigures: Figures = {
  received: {},
  ended: [],
  firstTry: 0,
  times: new Map(),
  leads: { created: 0, updated: 0 },
  sources: {},
  identifiers: {},
  defaultUser: 0,
  opportunities: 0,
  marks: { opportunity: 0, sale: 0, loss: 0 },
  saleCents: 0,
  lossReasons: {},
  calls: { contacts: 0, events: 0, crm: 0 },
}
