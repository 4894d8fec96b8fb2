import type { Language } from '@ponte/contracts'
import { readFileSync } from 'node:fs'
import type { UIConfig } from '@bull-board/api/typings/app'
import { type Html, html, trustedHtml } from '../ui/html.ts'
import { STYLE, TOKENS } from '../ui/style.ts'
import { BULL_BOARD } from './addresses.ts'
import type { PageTexts } from './page-texts.ts'

const OWN_STYLE = readFileSync(new URL('browser/ponte.css', import.meta.url), 'utf8')

/** Where the page finds our script: of another origin, or in the page itself, it would not be run. */
export const SCRIPT_ADDRESS = `${BULL_BOARD}/ponte.js`

export interface Localised {
  readonly language: Language
  readonly title: string
  readonly config: UIConfig
  readonly texts: PageTexts
  /** Of the board's own pages. */
  readonly header: Html
  readonly footer: Html
}

/**
 * Bull Board prints one page for everybody, and asks Google for its fonts. This gives it to each visitor in their language and with
 * the header, footer and colours of the board's other pages, and keeps the fonts out. Throws when the page no longer looks as
 * expected: that is for a test to find.
 */
export function localisePage(page: string, { language, title, config, texts, header, footer }: Localised): string {
  const style = html`<style>
      ${trustedHtml(TOKENS + OWN_STYLE)}
    </style>
    <script defer src="${SCRIPT_ADDRESS}"></script>`
  const replaced: readonly (readonly [RegExp, string])[] = [
    [/<html lang="en"/, `<html lang="${language}"`],
    [/<title>[^<]*<\/title>/, html`<title>${title} · Ponte</title>`.markup],
    [/<link href="https:\/\/fonts\.googleapis\.com[^>]*>/, ''],
    // After Bull Board's own style sheet.
    [/<\/head>/, `${style.markup}</head>`],
    [
      /<script id="__UI_CONFIG__" type="application\/json">[\s\S]*?<\/script>/,
      `${apart(
        html`<section aria-label="Ponte">
          ${header}
          <h1 class="unseen">${title}</h1>
        </section>`,
      )}
      ${dataScript('__UI_CONFIG__', config)}${dataScript('ponte-texts', texts)}`,
    ],
    [/<\/body>/, `${apart(footer)}</body>`],
  ]
  return replaced.reduce((text, [pattern, replacement]) => {
    if (!pattern.test(text)) throw new Error(`Bull Board's page has changed: ${pattern.source} is not in it`)
    return text.replace(pattern, () => replacement)
  }, page)
}

/** In a shadow tree our style sheet and Bull Board's do not meet. */
const apart = (content: Html): string =>
  html`<div>
    <template shadowrootmode="open"
      ><style>
        ${trustedHtml(STYLE)}
      </style
      >${content}</template
    >
  </div>`.markup

const dataScript = (id: string, data: object): string =>
  `<script id="${id}" type="application/json">${JSON.stringify(data).replaceAll('<', String.raw`\u003c`)}</script>`
