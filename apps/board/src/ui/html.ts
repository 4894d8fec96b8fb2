/** Markup that is safe to send. Made by `html` from texts, or by `trustedHtml` from markup of our own. */
export interface Html {
  readonly markup: string
}

/** What stands between the tags of a template. */
export type Fragment = Html | string | number | readonly Html[] | undefined

/** A template whose values are escaped unless they are markup already. Nothing is printed for `undefined`. */
export function html(strings: TemplateStringsArray, ...values: readonly Fragment[]): Html {
  const parts = strings.map((text, index) => text + print(values[index]))
  return { markup: parts.join('') }
}

/** Markup of our own making: the documents of this repository, never anything that came from outside. */
export const trustedHtml = (markup: string): Html => ({ markup })

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** What markup of `html` says, as one line of text. */
export const plainText = ({ markup }: Html): string =>
  Object.entries(entities)
    // `&` was escaped first, so it comes back last.
    .toReversed()
    .reduce((text, [character, entity]) => text.replaceAll(entity, character), markup.replaceAll(/<[^<>]*>/g, ''))
    .replaceAll(/\s+/g, ' ')
    .trim()

const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, character => entities[character] ?? '')

function print(value: Fragment): string {
  if (value === undefined) return ''
  if (typeof value === 'string') return escapeHtml(value)
  if (typeof value === 'number') return String(value)
  if (isList(value)) return value.map(({ markup }) => markup).join('')
  return value.markup
}

const isList = (value: Html | readonly Html[]): value is readonly Html[] => Array.isArray(value)

/** A text of our own in which `code` stands between backticks. */
export const inlineCode = (text: string): readonly Html[] =>
  text.split('`').map((part, index) => (index % 2 === 0 ? html`${part}` : html`<code>${part}</code>`))

/** Fields that a form sends and nobody sees. */
export const hiddenFields = (fields: Readonly<Record<string, string>>): readonly Html[] =>
  Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)

interface ButtonForm {
  readonly fields?: readonly Html[]
  readonly isQuiet?: boolean
  /** Of several buttons with the same text: what this one is about, for screen readers. */
  readonly about?: string
}

/** A form that is one button. */
export const buttonForm = (action: string, text: string, { fields, isQuiet = false, about }: ButtonForm = {}): Html =>
  html`<form method="post" action="${action}">
    ${fields}
    <button
      type="submit"
      ${isQuiet ? html`class="quiet"` : undefined}
      ${about === undefined ? undefined : html`aria-label="${text}: ${about}"`}
    >
      ${text}
    </button>
  </form>`

export interface Choice {
  readonly value: string
  readonly text: string
}

/** The options of a list to choose from. */
export const renderOptions = (choices: readonly Choice[], chosen = ''): readonly Html[] =>
  choices.map(
    ({ value, text }) =>
      html`<option value="${value}" ${value === chosen ? html`selected` : undefined}>${text}</option>`,
  )
