import { bilingual, type Language } from '@ponte/contracts'
import { type Html, html } from './html.ts'

const texts = bilingual({
  copy: { en: 'Copy', pt: 'Copiar' },
  copied: { en: 'Copied', pt: 'Copiado' },
})

/** How a button says which field it copies. */
export const COPIES = ' data-copies="'

/** Without it the buttons stay hidden, and the field is selected by hand. A clipboard needs https; elsewhere the selection is copied. */
export const COPY_SCRIPT = `
(() => {
  for (const button of document.querySelectorAll('button[data-copies]')) {
    const field = document.getElementById(button.dataset.copies)
    button.hidden = false
    button.addEventListener('click', async event => {
      try {
        await navigator.clipboard.writeText(field.value)
      } catch {
        field.select()
        document.execCommand('copy')
      }
      button.ariaLabel = button.ariaLabel.replace(button.textContent.trim(), button.dataset.copied)
      button.textContent = button.dataset.copied
      // A page that has the focus of a mouse would not renew itself.
      if (event.detail > 0) button.blur()
    })
  }
})()
`

/** A text that is copied by a button, or selected by hand. `id`: of the field, one on the page. */
export const renderCopied = (
  { id, label, value }: { readonly id: string; readonly label: string; readonly value: string },
  language: Language,
): Html =>
  html`<div class="copied">
    <label for="${id}">${label}</label>
    <div>
      <input id="${id}" value="${value}" readonly />
      <button
        type="button"
        class="quiet"
        hidden
        data-copies="${id}"
        data-copied="${texts[language].copied}"
        aria-label="${texts[language].copy}: ${label}"
      >
        ${texts[language].copy}
      </button>
    </div>
  </div>`
