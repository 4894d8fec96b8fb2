import { type Language, textIn, type Texts, bilingual, isRecord } from '@ponte/contracts'
import { readFileSync } from 'node:fs'
import type { UIConfig, UITheme } from '@bull-board/api/typings/app'
import { html, type Html, trustedHtml } from '../ui/html.ts'
import { STYLE, TOKENS, LOGO } from '../ui/assets.ts'
import { BULL_BOARD } from '../ui/addresses.ts'
import { momentFormat, queueKinds, queueLabel } from '@ponte/runtime'
import { timeZone } from '../ui/moment.ts'
import { readFile } from 'node:fs/promises'

const OWN_STYLE = readFileSync(new URL('browser/ponte.css', import.meta.url), 'utf8')

/** Where the page finds our script. From another origin, or in the page itself, it would not be run. */
export const SCRIPT_ADDRESS = `${BULL_BOARD}/ponte.js`

const titles: Texts = { en: 'Queues', pt: 'Filas' }

interface Localised {
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

/** Bull Board's name of each language in which the board's own pages are written. */
export const locales = { 'pt-BR': 'pt-BR', en: 'en-US' } as const satisfies Record<Language, string>

/**
 * In place of Bull Board's own texts, by their path. The reason of each is in docs/vendors/bull-board.md. Without a text for a language,
 * Bull Board keeps its own.
 */
export const corrections: Readonly<Record<string, Partial<Texts>>> = {
  'JOB.ACTIONS.UPDATE_DATA': { en: 'Edit and retry', pt: 'Corrigir e reenviar' },
  'JOB.ACTIONS.CLEAN': { en: 'Remove', pt: 'Remover' },
  'JOB.ACTIONS.CONFIRM.CLEAN': {
    en: 'Remove this job? It can no longer be retried.',
    pt: 'Remover este trabalho? Não será mais possível tentar novamente.',
  },
  'JOB.ACTIONS.CONFIRM.PROMOTE': {
    en: 'Run this job now instead of waiting for its next attempt?',
    pt: 'Executar este trabalho agora, sem esperar a hora da próxima tentativa?',
  },
  'QUEUE.ACTIONS.CLEAN_ALL': { en: 'Remove all', pt: 'Remover todos' },
  'QUEUE.ACTIONS.CONFIRM.CLEAN_ALL': {
    en: 'Remove all {{status}} jobs of this queue? They can no longer be retried.',
    pt: 'Remover todos os trabalhos desta lista? Não será mais possível tentar novamente.',
  },
  'QUEUE.ACTIONS.CONFIRM.PROMOTE_ALL': {
    en: 'Run all delayed jobs of this queue now?',
    pt: 'Executar agora todos os trabalhos adiados desta fila?',
  },
  'METRICS.EMPTY': {
    en: 'Nothing to show yet: the numbers of each minute appear after the first jobs.',
    pt: 'Ainda não há o que mostrar: os números de cada minuto aparecem depois dos primeiros trabalhos.',
  },
  'QUEUE.WORKERS.NONE_TOOLTIP': {
    en: 'No workers: nothing is consuming this queue',
    pt: 'Sem workers: nada está consumindo esta fila',
  },
  'DASHBOARD.SORTING.DELAYED': { pt: 'Trabalhos adiados' },
  'QUEUE.STATUS.DELAYED': { pt: 'Adiado' },
  'QUEUE.ACTIONS.RESUME': { pt: 'Retomar' },
  'SETTINGS.POLLING_INTERVAL': { pt: 'Intervalo de atualização' },
  'ERRORS.FORBIDDEN': { pt: 'Não permitido' },
  'DASHBOARD.EMPTY_STATE_FILTERED': { pt: 'Nenhuma fila possui tarefas nesse estado.' },
  'QUEUE.EMPTY_STATE': { pt: 'Nenhuma tarefa nesta lista.' },
  'QUEUE.ACTIONS.CONFIRM.RETRY_ALL': { pt: 'Deseja realmente reprocessar todas as tarefas com falha?' },
  'QUEUE.ACTIONS.TOAST.RETRY_PENDING': { pt: 'Tentando novamente todos os trabalhos com falha...' },
  'QUEUE.ACTIONS.TOAST.RETRY_DONE': { pt: 'Todos os trabalhos com falha voltaram para a fila' },
}

/** For controls that Bull Board gives no name, or one in English. */
const names = bilingual({
  actions: { en: 'Actions', pt: 'Ações' },
  collapse: { en: 'Collapse', pt: 'Recolher' },
  copied: { en: 'Copied', pt: 'Copiado' },
  copy: { en: 'Copy', pt: 'Copiar' },
  expand: { en: 'Expand', pt: 'Expandir' },
  followLog: { en: 'Follow the log', pt: 'Acompanhar o log' },
  fullScreen: { en: 'Full screen', pt: 'Tela cheia' },
  nextPage: { en: 'Next page', pt: 'Próxima página' },
  page: { en: 'Page', pt: 'Página' },
  pages: { en: 'Pages of the list', pt: 'Páginas da lista' },
  previousPage: { en: 'Previous page', pt: 'Página anterior' },
  stopLog: { en: 'Stop following the log', pt: 'Parar de acompanhar o log' },
})

const corrected = (own: unknown, language: Language, path: readonly string[] = []): unknown => {
  if (isRecord(own))
    return Object.fromEntries(
      Object.entries(own).map(([key, part]) => [key, corrected(part, language, [...path, key])]),
    )
  const correction = corrections[path.join('.')]
  return (language === 'en' ? correction?.en : correction?.pt) ?? own
}

/** In one language: Bull Board's texts, corrected, and the ones that browser/ponte.js gets in addition. */
export async function readTexts(language: Language) {
  const file = `dist/static/locales/${locales[language]}/messages.json`
  const own: unknown = JSON.parse(
    await readFile(new URL(file, import.meta.resolve('@bull-board/ui/package.json')), 'utf8'),
  )
  const messages = corrected(own, language)
  const text = (path: string): string => {
    const found = path.split('.').reduce<unknown>((part, key) => (isRecord(part) ? part[key] : undefined), messages)
    if (typeof found !== 'string') throw new Error(`Bull Board has no text ${path} any more`)
    return found
  }
  const name = names[language]
  const page = {
    /** By the icon that a button without a name has. */
    icons: {
      'lucide-maximize': name.fullScreen,
      'lucide-settings': text('SETTINGS.TITLE'),
      'lucide-ellipsis-vertical': name.actions,
      'lucide-refresh-cw': text('JOB.ACTIONS.RETRY'),
      'lucide-pencil': text('JOB.ACTIONS.UPDATE_DATA'),
      'lucide-trash-2': text('JOB.ACTIONS.CLEAN'),
      'lucide-corner-up-left': text('JOB.ACTIONS.PROMOTE'),
      'lucide-copy': name.copy,
      'lucide-check': name.copied,
      'lucide-chevron-down': name.expand,
      'lucide-chevron-up': name.collapse,
      'lucide-play': name.followLog,
      'lucide-pause': name.stopLog,
    },
    pagination: {
      Pagination: name.pages,
      'Previous page': name.previousPage,
      'Next page': name.nextPage,
      'Jump backward': name.previousPage,
      'Jump forward': name.nextPage,
    },
    page: name.page,
    /** By the name that Bull Board shows: what a queue is called on the board's other pages. */
    queues: Object.fromEntries(queueKinds.map(kind => [kind, queueLabel(kind, language)])),
  }
  return { messages, page }
}
