import { bilingual, type Language } from '@ponte/contracts'
import type { EventRef } from '@ponte/operations'
import { z } from 'zod'
import { eventAt } from './addresses.ts'
import { hiddenFields, type Html, html } from './html.ts'

const FORM = 'selection'
/** How the form begins. */
export const SELECTION_FORM = `<form id="${FORM}"`
/** More than a page shows. */
const MAX_SELECTED = 100

const texts = bilingual({
  select: { en: 'Select', pt: 'Marcar' },
  all: { en: 'Select all on this page', pt: 'Marcar todos desta página' },
  retry: { en: 'Retry selected', pt: 'Reenviar marcados' },
  export: { en: 'Export CSV', pt: 'Exportar CSV' },
})

/** Marks all boxes with the first one. Without it, the server takes that box for all of them. */
export const SELECTION_SCRIPT = `
(() => {
  const all = document.querySelector('input[name="all"][form="${FORM}"]')
  const boxes = [...document.querySelectorAll('input[name="item"][form="${FORM}"]')]
  if (all === null) return
  all.addEventListener('change', () => {
    for (const box of boxes) box.checked = all.checked
  })
  for (const box of boxes) box.addEventListener('change', () => (all.checked = boxes.every(({ checked }) => checked)))
})()
`

/** The heading of the boxes' column. */
export const selectionHead = (language: Language): string => texts[language].select

/** The box that selects an item of a list. `about`: what it is, for screen readers. */
export const selectionBox = (item: string, about: string, language: Language): Html =>
  html`<input
    type="checkbox"
    name="item"
    value="${item}"
    form="${FORM}"
    aria-label="${texts[language].select}: ${about}"
  />`

/** What can be done with the selected events of a list. The boxes stand outside of the form, as rows have forms of their own. */
export function renderSelection(
  items: readonly string[],
  language: Language,
  { canRetry }: { readonly canRetry: boolean },
): Html | undefined {
  if (items.length === 0) return undefined
  const { all, retry, export: exported } = texts[language]
  const action = canRetry ? '/events/retry' : '/events/export'
  return html`<form id="${FORM}" class="actions" method="post" action="${action}">
    ${items.flatMap(item => hiddenFields({ shown: item }))}
    <label class="box"><input type="checkbox" name="all" value="yes" form="${FORM}" /> ${all}</label>
    ${canRetry ? html`<button type="submit" formaction="/events/retry">${retry}</button>` : undefined}
    <button type="submit" formaction="/events/export" class="quiet">${exported}</button>
  </form>`
}

const list = z.union([z.string(), z.array(z.string())]).transform(items => [items].flat().slice(0, MAX_SELECTED))
const form = z.object({
  item: list.catch([]).default([]),
  shown: list.catch([]).default([]),
  all: z.literal('yes').optional().catch(undefined),
})

/** The events that a form has selected by the addresses of their pages, each once. */
export function readSelection(body: unknown): readonly EventRef[] {
  const { item = [], shown = [], all } = form.safeParse(body).data ?? {}
  return [...new Set(all === undefined ? item : shown)].flatMap(address => eventAt(address) ?? [])
}
