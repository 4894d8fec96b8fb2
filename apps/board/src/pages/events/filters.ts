import { textIn, type Texts } from '@ponte/contracts'
import { eventKinds, type EventQuery, periodMs, type StatusChoice, statusChoices } from '@ponte/operations'
import { z } from 'zod'
import { allTexts, createFilters, eventChoices, filterLooks, periodOr, placeIn, tenantAmong } from '../../ui/filters.ts'

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
    // Where none is named, everything that Ponte remembers.
    period: periodOr('30d'),
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
export function readEventQuery(
  given: unknown,
  tenants: readonly { readonly name: string }[],
  now: number,
): AskedEvents {
  const filters = eventFilters.read(given, tenants)
  const { period, day, after } = filters
  // In the zone of the board, whose days a person means.
  const end = day === undefined ? Number.NaN : new Date(`${day}T24:00:00`).getTime()
  const until = Number.isNaN(end) ? now : end
  const [at = '', id = ''] = after?.split('.') ?? []
  const cursor = after === undefined ? undefined : { at: Number(at), id }
  const from = period === '30d' && day === undefined ? 0 : until - periodMs[period]
  return { ...filters, from, until, cursor }
}
