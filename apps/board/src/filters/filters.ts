import {
  textIn,
  type Texts,
  bilingual,
  isFailureCode,
  isJobName,
  type Language,
  type ReasonCode,
  WITHOUT_CODE,
} from '@ponte/contracts'
import {
  type ComparedRanges,
  chosenRanges,
  dayAt,
  eventKinds,
  type EventQuery,
  type FailureChoice,
  type Period,
  periodStart,
  rangesOf,
  type ResultsPeriod,
  resultsPeriods,
  type StatusChoice,
  statusChoices,
  periods,
  periodTexts,
} from '@ponte/operations'
import { z } from 'zod'
import { timeZone } from '../ui/moment.ts'
import { eventText } from '../ui/common-texts.ts'
import { FILTER_FORM, UnknownFilters } from '../ui/filter-form.ts'
import { type Choice, type Html, html, renderOptions, trustedHtml } from '../ui/html.ts'

/** What a filter is in the form of its page. */
interface Look {
  readonly label: Texts
  /** A list to choose from, a day, or nothing: where a list goes on stands in links only. Default: a list. */
  readonly input?: 'list' | 'day' | 'none'
  /** How a list calls no choice. Absent where there always is one. */
  readonly all?: Texts
  /** Absent where they come from what the page shows. */
  readonly choices?: (language: Language) => readonly Choice[]
}
export const filterLooks = z.registry<Look>()

/** How lists call no choice, by the gender of what is chosen. */
export const allTexts = {
  masculine: { en: 'all', pt: 'todos' },
  feminine: { en: 'all', pt: 'todas' },
} satisfies Readonly<Record<string, Texts>>

type Tenants = readonly { readonly name: string }[]

export const tenantLook: Look = { label: { en: 'Tenant', pt: 'Empresa' }, all: allTexts.feminine }
/** One of these tenants. */
export const tenantAmong = (tenants: Tenants) =>
  z
    .string()
    .refine(asked => tenants.some(({ name }) => name === asked))
    .optional()
    .register(filterLooks, tenantLook)

/** The tenants that are asked for: one, or all. */
export const chosenTenants = <Of extends Tenants[number]>(
  tenants: readonly Of[],
  tenant: string | undefined,
): readonly Of[] => tenants.filter(({ name }) => tenant === undefined || name === tenant)

/** To choose from, where there is more than one. */
export const tenantChoices = (tenants: Tenants): readonly Choice[] =>
  tenants.length < 2 ? [] : tenants.map(({ name }) => ({ value: name, text: name }))

export const periodLook: Look = {
  label: { en: 'Period', pt: 'Período' },
  choices: language => periods.map(value => ({ value, text: textIn(periodTexts[value], language) })),
}
/** A period, of a page that shows this one where none is named. */
export const periodOr = (usual: Period) => z.enum(periods).default(usual).register(filterLooks, periodLook)

/** Of a page that shows everything where none is named. */
const periodOrAll = z
  .enum(periods)
  .optional()
  .register(filterLooks, { ...periodLook, all: allTexts.masculine })

/** A failure code, or the word for failures without one. */
export const reasonCode = z.string().refine((text): text is ReasonCode => text === WITHOUT_CODE || isFailureCode(text))

/** An event of a job. */
export const jobEvent = z
  .string()
  .refine(isJobName)
  .optional()
  .register(filterLooks, { label: { en: 'Event', pt: 'Evento' }, all: allTexts.masculine })

export const eventChoices = (names: readonly string[], language: Language): readonly Choice[] =>
  names.map(value => ({ value, text: eventText(value, language) }))

/** Where a list goes on. */
export const placeIn = (pattern: RegExp) =>
  z
    .string()
    .regex(pattern)
    .optional()
    .register(filterLooks, { label: { en: 'Page', pt: 'Página' }, input: 'none' })

/** As they stand in an address or a form; undefined where none is chosen. */
type FilterValues = Readonly<Record<string, string | undefined>>
type Given<Values> = { readonly [Name in keyof Values]?: Values[Name] | undefined }
/** The fields of a form, each with its look. */
type FilterSchema<Values> = z.ZodType<Values> & { readonly shape: Readonly<Record<string, z.ZodType>> }

const texts = bilingual({
  filters: { en: 'Filters', pt: 'Filtros' },
  apply: { en: 'Filter', pt: 'Filtrar' },
  clear: { en: 'Clear filters', pt: 'Limpar filtros' },
})

/** What a page is asked to show. It stands in its address, so that it can be kept and passed on. */
export function createFilters<Values extends FilterValues>(
  path: string,
  schemaOf: (tenants: Tenants) => FilterSchema<Values>,
) {
  const schema = schemaOf([])
  const usual: FilterValues = schema.parse({})
  const looks = Object.entries(schema.shape).flatMap(([name, field]) => {
    const look = filterLooks.get(field)
    return look === undefined ? [] : [{ name, ...look }]
  })

  const refusal = (wrong: readonly unknown[]): UnknownFilters =>
    new UnknownFilters(path, [...new Set(looks.flatMap(({ name, label }) => (wrong.includes(name) ? label : [])))])

  /** The fields of an address or a form. What is usual is left out, and so is where a list goes on. */
  function fieldsOf(given: Given<Values>): Readonly<Record<string, string>> {
    const values: FilterValues = given
    return Object.fromEntries(
      looks.flatMap(({ name, input }) => {
        const value = values[name]
        return value === undefined || value === usual[name] || input === 'none' ? [] : [[name, value]]
      }),
    )
  }

  const isFiltered = (given: Given<Values>): boolean => Object.keys(fieldsOf(given)).length > 0

  return {
    fieldsOf,
    isFiltered,
    refusal,

    /** What an address or a form asks for. An empty field counts as absent. Throws UnknownFilters. */
    read(asked: unknown, tenants: Tenants): Values {
      const fields = Object.entries(z.record(z.string(), z.unknown()).catch({}).parse(asked))
      const { data, error } = schemaOf(tenants).safeParse(
        Object.fromEntries(fields.filter(([, value]) => value !== '')),
      )
      if (error === undefined) return data
      throw refusal(error.issues.map(issue => issue.path[0]))
    },

    /** The address of the page, or of its file, with these filters. `place`: where its list goes on. */
    address(
      given: Given<Values>,
      { at = path, ...place }: Readonly<Record<string, string>> & { readonly at?: string } = {},
    ): string {
      const set = new URLSearchParams({ ...fieldsOf(given), ...place })
      return set.size === 0 ? at : `${at}?${set.toString()}`
    },

    /**
     * The form of the page: lists, sent as part of its address, at once where scripts run, else by a button. `found`: the choices that come
     * from what the page shows. A list without choices is left out. Undefined when there is nothing to choose.
     */
    form(
      given: Given<Values>,
      language: Language,
      found: Readonly<Record<string, readonly Choice[]>> = {},
    ): Html | undefined {
      const words = texts[language]
      const values: FilterValues = given
      const fields = looks.flatMap(({ name, label, input = 'list', all, choices }) => {
        const text = textIn(label, language)
        if (input === 'day')
          return html`<label>${text} <input type="date" name="${name}" value="${values[name] ?? ''}" /></label>`
        const list = found[name] ?? choices?.(language) ?? []
        if (input === 'none' || list.length === 0) return []
        const none = all === undefined ? [] : [{ value: '', text: textIn(all, language) }]
        return html`<label
          >${text}
          <select name="${name}">
            ${renderOptions([...none, ...list], values[name])}
          </select></label
        >`
      })
      if (fields.length === 0) return undefined
      return html`${trustedHtml(FILTER_FORM)} method="get" action="${path}" aria-label="${words.filters}">
      ${fields}
      <noscript><button class="quiet" type="submit">${words.apply}</button></noscript>
      ${isFiltered(given) ? html`<a href="${path}">${words.clear}</a>` : undefined}
    </form>`
    },
  }
}

/** Whose figures, and of which period: of the overview and of its file. */
export const overviewFilters = createFilters('/', tenants =>
  z.object({ tenant: tenantAmong(tenants), period: periodOr('24h') }),
)
export type OverviewFilters = ReturnType<typeof overviewFilters.read>

export const waitingFilters = createFilters('/waiting', tenants => z.object({ tenant: tenantAmong(tenants) }))

const code = reasonCode
  .optional()
  .register(filterLooks, { label: { en: 'Cause', pt: 'Causa' }, all: allTexts.feminine })

export const failureFilters = createFilters('/failures', tenants =>
  z.object({ tenant: tenantAmong(tenants), period: periodOrAll, code, event: jobEvent }),
)
export type FailureFilters = ReturnType<typeof failureFilters.read>

const ofCause = z.object({ period: periodOrAll, event: jobEvent, page: placeIn(/^[1-9]\d{0,5}$/) })
/** Of the page of one queue and cause. A page of failures links many of them. */
export const filtersOfCause = (path: string) => createFilters(path, () => ofCause)

/** Which failed events of a queue are asked for. */
export const choiceOf = (filters: Omit<FailureFilters, 'tenant'>, now: number): FailureChoice => ({
  ...{ code: filters.code, event: filters.event },
  since: startOf(filters.period, now),
})

const startOf = (period: Period | undefined, now: number): number =>
  period === undefined ? 0 : periodStart(period, { now, timeZone: timeZone() })

const statusNames: Readonly<Record<StatusChoice, Texts>> = {
  failed: { en: 'failed', pt: 'com falha' },
  open: { en: 'in the queue', pt: 'na fila' },
  done: { en: 'done', pt: 'concluído' },
  skipped: { en: 'no change', pt: 'sem alteração' },
}

export const eventFilters = createFilters('/events', tenants =>
  z.object({
    tenant: tenantAmong(tenants),
    event: z
      .string()
      .refine(text => eventKinds.includes(text))
      .optional()
      .register(filterLooks, {
        label: { en: 'Type', pt: 'Tipo' },
        all: allTexts.masculine,
        choices: language => eventChoices(eventKinds, language),
      }),
    status: z
      .enum(statusChoices)
      .optional()
      .register(filterLooks, {
        label: { en: 'Status', pt: 'Situação' },
        all: allTexts.feminine,
        choices: language => statusChoices.map(value => ({ value, text: textIn(statusNames[value], language) })),
      }),
    period: periodOrAll,
    /** The last day of the period, `2026-11-30`; today when it is absent. */
    day: z.iso
      .date()
      .optional()
      .register(filterLooks, { label: { en: 'Until', pt: 'Até' }, input: 'day' }),
    after: placeIn(/^\d{1,15}\.[\w-]{0,64}$/),
  }),
)

/** What the page is asked to show, and what a list is asked for by that. */
export type AskedEvents = ReturnType<typeof eventFilters.read> & EventQuery

/** Reads what an address or a form asks for. Throws UnknownFilters. */
export function readEventQuery(given: unknown, tenants: Tenants, now: number): AskedEvents {
  const filters = eventFilters.read(given, tenants)
  const { period, day, after } = filters
  // In the zone of the board, whose days a person means.
  const end = day === undefined ? Number.NaN : new Date(`${day}T24:00:00`).getTime()
  const until = Number.isNaN(end) ? now : end
  const [at = '', id = ''] = after?.split('.') ?? []
  const cursor = after === undefined ? undefined : { at: Number(at), id }
  // The first moment after a day is part of the next one.
  const from = startOf(period, day === undefined ? until : until - 1)
  return { ...filters, from, until, cursor }
}

/** What the page of results shows: a tenant or all, in which days. */
export interface ResultsFilters extends ComparedRanges {
  readonly tenant?: string | undefined
  /** Undefined for days of somebody's own choice. */
  readonly period: ResultsPeriod | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
  /** Today is among the days: it counts until now, and the days that are compared with count whole. */
  readonly hasToday: boolean
}

const label: Texts = {
  en: 'Days (“From” is not after “To”, and both are among the last 400)',
  pt: 'Dias (“De” não vem depois de “Até”, e os dois estão entre os últimos 400)',
}
const day = z.iso.date().optional().register(filterLooks, { label, input: 'day' })

export const resultsFilters = createFilters('/results', tenants =>
  z.object({
    tenant: tenantAmong(tenants),
    period: z.enum(resultsPeriods).default('30d').register(filterLooks, periodLook),
    from: day,
    to: day,
  }),
)

/** The filters in an address. Throws UnknownFilters. `now`: milliseconds since 1970. */
export function readResultsFilters(asked: unknown, tenants: Tenants, now: number): ResultsFilters {
  const today = dayAt(now, timeZone())
  const { tenant, period, from, to } = resultsFilters.read(asked, tenants)
  const ofPeriod = rangesOf(period, today)
  // The form sends the days of the period with it: they are nobody's own until one is changed.
  const isOwn = (from ?? to) !== undefined && !(from === ofPeriod.range.from && to === ofPeriod.range.to)
  const ranges = isOwn ? chosenRanges({ from: from ?? '', to: to ?? '' }, today) : ofPeriod
  if (ranges === undefined) throw resultsFilters.refusal(['from'])
  const days = isOwn ? { period: undefined, from, to } : { period }
  return { tenant, ...days, ...ranges, hasToday: ranges.range.to === today }
}
