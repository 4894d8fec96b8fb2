import { type Language, textIn, type Texts } from '@ponte/contracts'
import { readFileSync } from 'node:fs'
import type { UIConfig, UITheme } from '@bull-board/api/typings/app'
import { html, type Html, trustedHtml } from '../ui/html.ts'
import { STYLE, TOKENS } from '../ui/style.ts'
import { BULL_BOARD } from '../ui/addresses.ts'
import { LOGO } from '../ui/assets.ts'
import { momentFormat } from '@ponte/runtime'
import { timeZone } from '../ui/moment.ts'
import { locales } from './texts.ts'

const OWN_STYLE = readFileSync(new URL('browser/ponte.css', import.meta.url), 'utf8')

/** Where the page finds our script. From another origin, or in the page itself, it would not be run. */
export const SCRIPT_ADDRESS = `${BULL_BOARD}/ponte.js`

const titles: Texts = { en: 'Queues', pt: 'Filas' }

export interface Localised {
  readonly language: Language
  /** For browser/ponte.js. */
  readonly texts: object
  /** From the board's own pages. */
  readonly header: Html
  readonly footer: Html
}

/**
 * Bull Board prints one page for everybody, and asks Google for its fonts. This puts the page into the visitor's language, with the header,
 * footer and colours of the board's other pages. It takes the fonts out. Throws when the page no longer looks as expected, which a test
 * would find.
 */
export function localisePage(page: string, { language, texts, header, footer }: Localised): string {
  const title = textIn(titles, language)
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
      ${dataScript('__UI_CONFIG__', uiConfig(language))}${dataScript('ponte-texts', texts)}`,
    ],
    [/<\/body>/, `${apart(footer)}</body>`],
  ]
  return replaced.reduce((text, [pattern, replacement]) => {
    if (!pattern.test(text)) throw new Error(`Bull Board's page has changed: ${pattern.source} is not in it`)
    return text.replace(pattern, () => replacement)
  }, page)
}

/** In a shadow tree our style sheet and Bull Board's do not affect each other. */
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

/** The colours of the board's other pages (ui/css/tokens.css). They change by themselves in the dark. */
const colours = {
  background: 'var(--back)',
  foreground: 'var(--text)',
  popover: 'var(--card)',
  primary: 'var(--act)',
  'primary-foreground': 'var(--on-act)',
  secondary: 'color-mix(in srgb, var(--line) 55%, var(--card))',
  'secondary-foreground': 'var(--text)',
  muted: 'color-mix(in srgb, var(--line) 35%, var(--card))',
  'muted-foreground': 'var(--soft)',
  accent: 'color-mix(in srgb, var(--line) 35%, var(--card))',
  'accent-foreground': 'var(--text)',
  destructive: 'var(--bad)',
  'destructive-foreground': 'var(--card)',
  border: 'var(--line)',
  input: 'var(--line)',
  sidebar: 'var(--card)',
  'sidebar-foreground': 'var(--text)',
  'sidebar-accent': 'var(--line)',
  'sidebar-border': 'var(--line)',
  'status-failed': 'var(--bad)',
  'status-completed': 'var(--good)',
  'status-waiting': 'var(--warn)',
  'status-active': 'var(--act)',
  'status-paused': 'var(--soft)',
  'font-sans': "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
  'font-mono': 'ui-monospace, Menlo, Consolas, monospace',
} satisfies UITheme['light']

/** Both sides use the name `--card`, so Bull Board must not set its own value on the body. */
const theme: UITheme = {
  light: { ...colours, 'status-delayed': '#6b3fc0' },
  dark: { ...colours, card: 'inherit', 'status-delayed': '#b79df5' },
}

const favIcon = { default: LOGO, alternative: LOGO }

/** Bull Board's configuration in one language. Its times are written as on the board's other pages. */
export function uiConfig(language: Language): UIConfig {
  const format = momentFormat(language, timeZone())
  return {
    boardTitle: 'Ponte',
    favIcon,
    theme,
    locale: { lng: locales[language] },
    // Without these a time of today has no date, and all times are those of the browser's zone.
    dateFormats: { short: format, common: format, full: format },
    hideRedisDetails: true,
    hideDocsLink: true,
    showMetrics: true,
    overview: { groupByDelimiter: true },
    pollingInterval: { showSetting: true },
  }
}
