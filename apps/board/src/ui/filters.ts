import {
  bilingual,
  isFailureCode,
  isJobName,
  type JobName,
  jobs,
  type Language,
  type ReasonCode,
  textIn,
  WITHOUT_CODE,
} from '@ponte/contracts'
import { type Period, periods } from '@ponte/state'
import { z } from 'zod'
import { type Html, html, trustedHtml } from './html.ts'
import { readKnown, tenantAmong } from './unknown-filters.ts'

/** What a page is asked to show. It stands in the address, so that it can be kept and passed on. */
export interface Filters {
  readonly tenant?: string | undefined
  readonly period: Period
  readonly code?: ReasonCode | undefined
  readonly event?: JobName | undefined
}

/** A failure code, or the word for failures without one. */
export const reasonCode = z.string().refine((text): text is ReasonCode => text === WITHOUT_CODE || isFailureCode(text))

const schemaOf = (tenants: readonly { readonly name: string }[], usual: Period) =>
  z.object({
    tenant: tenantAmong(tenants).optional(),
    period: z.enum(periods).default(usual),
    code: reasonCode.optional(),
    event: z.string().refine(isJobName).optional(),
  })

/** The filters in the address of a page, or in a form. Throws UnknownFilters. `usual`: the period where none is named. */
export const readFilters = (
  asked: unknown,
  tenants: readonly { readonly name: string }[],
  path: string,
  usual: Period = '24h',
): Filters => readKnown(schemaOf(tenants, usual), asked, path)

/** These filters as fields of an address or a form. Absent filters and the usual period are left out. */
export function filterFields(
  { tenant, period, code, event }: Partial<Filters>,
  usual: Period = '24h',
): Readonly<Record<string, string>> {
  const named = { tenant, period: period === usual ? undefined : period, code, event }
  return Object.fromEntries(
    Object.entries(named).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

/** The address of a page with these filters. */
export function filteredAddress(path: string, filters: Partial<Filters>, usual: Period = '24h'): string {
  const set = new URLSearchParams(filterFields(filters, usual))
  return set.size === 0 ? path : `${path}?${set.toString()}`
}

const texts = bilingual({
  filters: { en: 'Filters', pt: 'Filtros' },
  tenant: { en: 'Tenant', pt: 'Empresa' },
  period: { en: 'Period', pt: 'Período' },
  code: { en: 'Cause', pt: 'Causa' },
  event: { en: 'Event', pt: 'Evento' },
  all: { en: 'all', pt: 'todos' },
  allTenants: { en: 'all', pt: 'todas' },
  apply: { en: 'Filter', pt: 'Filtrar' },
  clear: { en: 'Clear filters', pt: 'Limpar filtros' },
  periods: {
    en: { '24h': '24 hours', '7d': '7 days', '30d': '30 days' },
    pt: { '24h': '24 horas', '7d': '7 dias', '30d': '30 dias' },
  },
})

export interface Choice {
  readonly value: string
  readonly text: string
}

/** What can be chosen on a page. Without members, the filter is not shown. */
export interface FilterChoices {
  readonly tenants?: readonly string[]
  readonly periods?: boolean
  readonly codes?: readonly Choice[]
  readonly events?: readonly JobName[]
}

/** The form of the filters of a page, sent as part of its address. Undefined when there is nothing to choose. */
export function renderFilters(
  path: string,
  filters: Filters,
  { tenants = [], periods: hasPeriods = false, codes = [], events = [] }: FilterChoices,
  language: Language,
  usual: Period = '24h',
): Html | undefined {
  const words = texts[language]
  const fields = [
    tenants.length < 2
      ? undefined
      : renderSelect('tenant', words.tenant, filters.tenant, [
          { value: '', text: words.allTenants },
          ...tenants.map(name => ({ value: name, text: name })),
        ]),
    hasPeriods
      ? renderSelect(
          'period',
          words.period,
          filters.period,
          periods.map(value => ({ value, text: words.periods[value] })),
        )
      : undefined,
    codes.length === 0
      ? undefined
      : renderSelect('code', words.code, filters.code, [{ value: '', text: words.allTenants }, ...codes]),
    events.length === 0
      ? undefined
      : renderSelect('event', words.event, filters.event, [
          { value: '', text: words.all },
          ...events.map(value => ({ value, text: textIn(jobs[value], language) })),
        ]),
  ].filter(field => field !== undefined)
  if (fields.length === 0) return undefined
  const isFiltered = filteredAddress(path, filters, usual) !== path
  return renderFilterForm(path, fields, { isFiltered, language })
}

const FORM = '<form class="filters"'

/** Does a page have a form of filters? */
export const hasFilters = ({ markup }: Html): boolean => markup.includes(FORM)

/** Lists to choose from, sent as part of the address of a page: at once where scripts run, else by a button. */
export const renderFilterForm = (
  path: string,
  fields: readonly Html[],
  { isFiltered, language }: { readonly isFiltered: boolean; readonly language: Language },
): Html => {
  const words = texts[language]
  return html`${trustedHtml(FORM)} method="get" action="${path}" aria-label="${words.filters}">
      ${fields}
      <noscript><button class="quiet" type="submit">${words.apply}</button></noscript>
      ${isFiltered ? html`<a href="${path}">${words.clear}</a>` : undefined}
    </form>`
}

/**
 * Applies a choice. With the keyboard each step through a list is a choice, so that one counts when the list is left, or with the Enter key.
 */
export const FILTER_SCRIPT = `
(() => {
  for (const form of document.querySelectorAll('form.filters')) {
    let isByKey = false
    let isChanged = false
    form.addEventListener('pointerdown', () => (isByKey = false))
    form.addEventListener('keydown', event => {
      isByKey = true
      if (event.key === 'Enter' && isChanged) form.requestSubmit()
    })
    form.addEventListener('change', () => {
      isChanged = true
      if (!isByKey) form.requestSubmit()
    })
    form.addEventListener('focusout', () => {
      if (isChanged && isByKey) form.requestSubmit()
    })
  }
})()
`

/** A choice of a form of filters. */
export const renderSelect = (
  name: string,
  label: string,
  chosen: string | undefined,
  choices: readonly Choice[],
): Html =>
  html`<label
    >${label}
    <select name="${name}">
      ${choices.map(
        ({ value, text }) =>
          html`<option value="${value}" ${trustedHtml(value === (chosen ?? '') ? 'selected' : '')}>${text}</option>`,
      )}
    </select></label
  >`
