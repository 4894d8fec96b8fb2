import type { Texts } from '@ponte/contracts'

/** How a form of filters begins. */
export const FILTER_FORM = '<form class="filters"'

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

/** An address or a form names a tenant, a period or another filter that there is not. Whoever opened it should not take a list for its answer. */
export class UnknownFilters extends Error {
  readonly statusCode = 400
  /** The page without filters. */
  readonly path: string
  readonly text: Texts

  constructor(path: string, wrong: readonly Texts[]) {
    super('unknown filters')
    this.path = path
    this.text = {
      en: `What was asked for does not exist: ${wrong.map(({ en }) => en).join(', ')}.`,
      pt: `O que foi pedido não existe: ${wrong.map(({ pt }) => pt).join(', ')}.`,
    }
  }
}
