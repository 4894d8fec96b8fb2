import type { FailureCode, Language } from '@ponte/contracts'
import { fitCommands } from '@ponte/runtime'
import type { FastifyReply } from 'fastify'
import { formatCount } from './common-texts.ts'
import { LOGO, hashSource, STYLE } from './assets.ts'
import { type Fragment, type Html, html, trustedHtml, inlineCode } from './html.ts'
import { COPIES, COPY_SCRIPT } from './copy.ts'
import { FILTER_FORM, FILTER_SCRIPT } from './filter-form.ts'
import { type Refreshes, refreshScript, renderRefresh, renderRefreshSwitch } from './refresh.ts'
import { SELECTION_FORM, SELECTION_SCRIPT } from './selection.ts'
import { renderFooter, renderHeader } from './shell.ts'

const styleSource = hashSource(STYLE)

/** A page may use this one style sheet, the board's own pictures and its own scripts, and nothing else. */
const policyOf = (scripts: readonly string[]): string =>
  [
    "default-src 'none'",
    `style-src ${styleSource}`,
    `script-src ${scripts.length === 0 ? "'none'" : scripts.map(hashSource).join(' ')}`,
    "img-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')

/** What shows that a page has what the script is for. No text of others can: its quotes and brackets are escaped. */
const scripts = [
  [COPIES, COPY_SCRIPT],
  [SELECTION_FORM, SELECTION_SCRIPT],
  [FILTER_FORM, FILTER_SCRIPT],
] as const

/** Commands stand in it. What a form holds does not, and is never changed. */
const CODE = /<code\b[^>]*>[^<]*/g

declare module 'fastify' {
  interface FastifyInstance {
    /** What the command line is called in this installation. */
    ponteCommand: string
  }
}

export interface Page {
  readonly language: Language
  readonly title: string
  readonly body: Html
  /** Renews itself every half minute, unless the reader has switched that off; every two seconds while they wait. Default: false. */
  readonly refreshes?: Refreshes
}

/** Sends a page of the board's own. */
export function sendPage(reply: FastifyReply, { language, title, body, refreshes = false }: Page): FastifyReply {
  const { request } = reply
  const failed = request.menuCounts?.failed ?? 0
  const signedIn = request.user !== undefined
  const refresh = refreshes === false ? undefined : renderRefresh(request, refreshes)
  const used = [
    ...(refresh === undefined ? [] : [refreshScript(refreshes)]),
    ...scripts.flatMap(([mark, script]) => (body.markup.includes(mark) ? [script] : [])),
  ]
  const page = html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<link rel="icon" type="image/svg+xml" href="${LOGO}">
${refresh}
<title>${failed === 0 ? '' : `(${formatCount(failed, language)}) `}${title} · Ponte</title>
<style>${trustedHtml(STYLE)}</style>
</head>
<body>
${signedIn ? renderHeader(reply, language) : undefined}
${trustedHtml(signedIn ? '<main id="main">' : '<main class="narrow">')}
${body}
${refreshes === false ? undefined : renderRefreshSwitch(request, language, { refreshes, now: Date.now() })}
</main>
${renderFooter(reply, language)}
${used.map(script => trustedHtml(`<script>${script}</script>`))}
</body>
</html>
`
  return reply
    .header('content-security-policy', policyOf(used))
    .header('content-language', language)
    .type('text/html; charset=utf-8')
    .send(page.markup.replaceAll(CODE, code => fitCommands(code, reply.server.ponteCommand)))
}

export interface Message {
  readonly title: string
  readonly text: string
  /** Links to the page of this code. */
  readonly code?: FailureCode
  /** Where to go from here. */
  readonly link?: { readonly href: string; readonly text: string }
}

interface Notice extends Message {
  readonly language: Language
}

/** Sends a page with a message only: not found, refused. */
export const sendNotice = (reply: FastifyReply, { language, ...message }: Notice): FastifyReply =>
  sendPage(reply, { language, title: message.title, body: renderNotice(message) })

/** A message under its heading, and nothing else. */
export const renderNotice = ({ title, text, code, link }: Message): Html =>
  html`<h1>${title}</h1>
    <p class="notice" role="alert">${inlineCode(text)}</p>
    ${link && html`<p><a href="${link.href}">${link.text}</a></p>`}
    ${
      code &&
      html`<p>
        <a href="/error-codes/${code}"><code>${code}</code></a>
      </p>`
    }`

/** What a cell holds, and its class if it has one. */
export type Cell = Fragment | { readonly content: Fragment; readonly look: string }

/** Columns that fit a tablet. */
const MAX_NARROW = 6

/**
 * A table whose rows become cards on a phone: each cell says its column in `data-label`. Cells that are missing are empty. `hasRowHeads`:
 * the first cell of a row is its heading. `look`: a class of the table.
 */
export const renderTable = (
  heads: readonly string[],
  rows: readonly (readonly Cell[])[],
  { hasRowHeads = false, look }: { readonly hasRowHeads?: boolean; readonly look?: string } = {},
): Html =>
  html`<table
    class="${[...(heads.length > MAX_NARROW ? ['wide'] : []), ...(look === undefined ? [] : [look])].join(' ')}"
  >
    <thead>
      <tr>
        ${heads.map((head, column) => renderHead(head, lookOf(rows[0]?.[column])))}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        cells =>
          html`<tr>
            ${heads.map((head, column) => renderCell(cells[column], { head, isHead: hasRowHeads && column === 0 }))}
          </tr>`,
      )}
    </tbody>
  </table>`

const lookOf = (cell: Cell): string => (typeof cell === 'object' && 'look' in cell ? cell.look : '')

/** A column of numbers is headed at the side where they end. */
function renderHead(head: string, look: string): Html {
  if (head === '') return html`<td></td>`
  return look === 'number' ? html`<th scope="col" class="number">${head}</th>` : html`<th scope="col">${head}</th>`
}

function renderCell(cell: Cell, { head, isHead }: { readonly head: string; readonly isHead: boolean }): Html {
  if (cell === undefined) return html`<td></td> `
  const { content, look } = typeof cell === 'object' && 'look' in cell ? cell : { content: cell, look: '' }
  if (isHead) return html`<th scope="row">${content}</th> `
  return html`<td data-label="${head}" ${look === '' ? undefined : html`class="${look}"`}>${content}</td> `
}
