import { createHash } from 'node:crypto'
import type { FailureCode } from '@ponte/contracts'
import type { FastifyReply } from 'fastify'
import type { User } from '../auth/credentials.ts'
import { type Html, html, trustedHtml } from './html.ts'
import type { Language, Texts } from './language.ts'
import { timeZone } from './moment.ts'

/** Works without JavaScript, on a phone, in the dark and by keyboard. */
const STYLE = `
:root { color-scheme: light dark; --back: #f6f7f9; --card: #fff; --text: #1b2330; --soft: #556070; --line: #cfd6df; --act: #0b5cad; --on-act: #fff; --warn: #9a3b00; --bad: #b3261e; --good: #1b6e3c }
@media (prefers-color-scheme: dark) { :root { --back: #151a21; --card: #1e252e; --text: #e6eaf0; --soft: #a5b0be; --line: #3a4553; --act: #7cb7f5; --on-act: #0c1218; --warn: #f2a765; --bad: #ff8a80; --good: #7fd6a2 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--back); color: var(--text); font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; overflow-wrap: break-word }
header { background: var(--card); border-bottom: 1px solid var(--line) }
header > div, main { max-width: 60rem; margin: 0 auto; padding: .75rem 1rem }
header > div { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; align-items: center }
header strong { font-size: 1.1rem }
header nav { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin-left: auto }
header a { padding: .35rem 0 }
header .zone { flex-basis: 100%; font-size: .85rem }
header a[aria-current] { color: var(--text); font-weight: 600; text-decoration-thickness: .15em }
.skip { position: absolute; left: -100vw }
.skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .5rem }
main { padding-bottom: 3rem }
main.narrow { max-width: 24rem; padding-top: 12vh }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 1rem 0 .5rem }
h2 { font-size: 1.2rem; margin: 2rem 0 .5rem }
h3 { font-size: 1rem; margin: 1.25rem 0 .25rem }
.card > h2:first-child { margin-top: 0 }
section.card { margin: 1rem 0 }
.actions { display: flex; flex-wrap: wrap; gap: .6rem 1.25rem; align-items: center; margin: 1rem 0 0 }
.tight { margin: .35rem 0 }
summary { cursor: pointer; color: var(--act); padding: .35rem 0 }
details > :not(summary) { margin-left: .25rem; padding-left: .9rem; border-left: 2px solid var(--line) }
a { color: var(--act); text-underline-offset: .15em }
:focus-visible { outline: 3px solid var(--act); outline-offset: 2px; border-radius: 3px }
code { font: .9em ui-monospace, Menlo, Consolas, monospace; background: color-mix(in srgb, var(--line) 45%, transparent); padding: .1em .3em; border-radius: 4px }
h1 code { background: none; padding: 0 }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.25rem }
.soft { color: var(--soft) } .warn { color: var(--warn) } .bad { color: var(--bad) } .good { color: var(--good) }
.notice { border-left: 4px solid var(--bad); background: var(--card); padding: .6rem .9rem; margin: 1rem 0 }
.notice.warning { border-color: var(--warn) } .notice.done { border-color: var(--good) }
label { display: block; font-weight: 600; margin: 1rem 0 .25rem }
input, textarea, select { width: 100%; font: inherit; color: inherit; background: var(--back); border: 1px solid var(--soft); border-radius: 6px; padding: .65rem .75rem }
input[readonly] { border-color: var(--line); color: var(--soft) }
[aria-invalid] { border-color: var(--bad); border-width: 2px }
textarea { min-height: 16rem; font: .9em/1.45 ui-monospace, Menlo, Consolas, monospace }
button { font: inherit; font-weight: 600; padding: .6rem 1rem; border: 1px solid var(--act); border-radius: 6px; background: var(--act); color: var(--on-act); cursor: pointer }
button.quiet { background: none; color: var(--act) }
main.narrow button { width: 100%; margin-top: 1.5rem; padding: .7rem 1rem }
form.search { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end }
form.search > div { flex: 1 1 16rem }
form.search label { margin-top: .5rem }
.fields { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr)); gap: 0 1.25rem }
.hint { color: var(--soft); font-size: .9rem; margin: .25rem 0 0 }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: .75rem; overflow-x: auto; white-space: pre-wrap; font: .85rem/1.5 ui-monospace, Menlo, Consolas, monospace }
ol.timeline { list-style: none; padding: 0; margin: 1rem 0; border-left: 2px solid var(--line) }
ol.timeline > li { padding: .35rem 0 .35rem 1rem; margin: 0 }
ol.timeline > li > time { color: var(--soft); font-size: .85rem; display: block }
ol.timeline code, td del, td ins { overflow-wrap: anywhere }
dl { display: grid; grid-template-columns: auto 1fr; gap: .25rem 1rem; margin: .75rem 0 }
dt { color: var(--soft) }
dd { margin: 0; overflow-wrap: anywhere }
del { color: var(--bad) } ins { color: var(--good); text-decoration: none; font-weight: 600 }
ul { padding-left: 1.25rem }
li { margin: .25rem 0 }
table { width: 100%; border-collapse: collapse; background: var(--card); border: 1px solid var(--line) }
th, td { text-align: left; vertical-align: top; padding: .5rem .6rem; border-bottom: 1px solid var(--line) }
th { font-size: .85rem; color: var(--soft); font-weight: 600 }
td.number { font-variant-numeric: tabular-nums }
td > .value { overflow-wrap: anywhere }
td:first-child > .value { display: block; min-width: 13rem }
@media (max-width: 46rem) {
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
  table, tbody, tr, td { display: block }
  tr { padding: .5rem 0; border-bottom: 2px solid var(--line) }
  td { border: 0; padding: .2rem .75rem; display: flex; justify-content: space-between; gap: 1rem; text-align: right }
  td::before { content: attr(data-label); color: var(--soft); text-align: left; flex: none }
  td > *, td:first-child > .value { min-width: 0; overflow-wrap: anywhere }
  header nav { margin-left: 0 }
  dl.long { display: block }
  dl.long > dd { margin-bottom: .6rem }
}
`

/** The page may use this one style sheet and nothing else: no script, no picture, no other address. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

interface Link {
  readonly href: string
  readonly text: Texts
  readonly operatorOnly?: boolean
}

/** The board's pages, as they link to each other; Bull Board prints the same, its own excepted. */
const navigation: readonly Link[] = [
  { href: '/', text: { 'pt-BR': 'Filas', en: 'Queues' } },
  { href: '/waiting', text: { 'pt-BR': 'Em espera', en: 'Waiting' } },
  { href: '/failures', text: { 'pt-BR': 'Falhas', en: 'Failures' } },
  { href: '/search', text: { 'pt-BR': 'Busca', en: 'Search' } },
  { href: '/preview', text: { 'pt-BR': 'Prévia', en: 'Preview' }, operatorOnly: true },
  { href: '/error-codes', text: { 'pt-BR': 'Catálogo de erros', en: 'Error codes' } },
  { href: '/audit', text: { 'pt-BR': 'Auditoria', en: 'Audit' }, operatorOnly: true },
  { href: '/logout', text: { 'pt-BR': 'Sair', en: 'Log out' } },
]

export const navigationFor = (user: User | undefined): readonly Link[] =>
  navigation.filter(({ operatorOnly }) => operatorOnly !== true || user?.role === 'operator')

const roles: Record<User['role'], Texts> = {
  operator: { 'pt-BR': 'operador', en: 'operator' },
  viewer: { 'pt-BR': 'visualizador', en: 'viewer' },
}
const words = {
  skip: { 'pt-BR': 'Ir para o conteúdo', en: 'Skip to content' },
  pages: { 'pt-BR': 'Páginas', en: 'Pages' },
  times: { 'pt-BR': 'Horários em', en: 'Times in' },
} satisfies Record<string, Texts>

export interface Page {
  readonly language: Language
  readonly title: string
  readonly body: Html
  /** False before the login. Default: true. */
  readonly signedIn?: boolean
}

/** Sends a page of the board's own. */
export function sendPage(reply: FastifyReply, { language, title, body, signedIn = true }: Page): FastifyReply {
  const { user, url } = reply.request
  const here = `/${url.split(/[/?]/)[1] ?? ''}`
  const links = navigationFor(user).map(
    ({ href, text }) =>
      html`<a href="${href}" ${trustedHtml(href === here ? 'aria-current="page"' : '')}>${text[language]}</a> `,
  )
  const head = signedIn
    ? html`<a class="skip" href="#main">${words.skip[language]}</a>
        <header>
          <div>
            <strong>Ponte</strong>
            <span class="soft">${user && `${user.name} (${roles[user.role][language]})`}</span>
            <nav aria-label="${words.pages[language]}">${links}</nav>
            <span class="soft zone">${words.times[language]} ${timeZone()}</span>
          </div>
        </header>`
    : undefined
  const page = html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title} · Ponte</title>
<style>${trustedHtml(STYLE)}</style>
</head>
<body>
${head}
${trustedHtml(signedIn ? '<main id="main">' : '<main class="narrow">')}
${body}
</main>
</body>
</html>
`
  return reply
    .header('content-security-policy', POLICY)
    .header('content-language', language)
    .type('text/html; charset=utf-8')
    .send(page.markup)
}

export interface Notice {
  readonly language: Language
  readonly title: string
  readonly text: string
  /** Links to the page of this code. */
  readonly code?: FailureCode
  /** Where to go from here. */
  readonly link?: { readonly href: string; readonly text: string }
  /** False before the login. Default: true. */
  readonly signedIn?: boolean
}

/** A page with a message only: not found, refused. */
export function sendNotice(
  reply: FastifyReply,
  { language, title, text, code, link, signedIn = true }: Notice,
): FastifyReply {
  const body = html`<h1>${title}</h1>
    <p class="notice" role="alert">${text}</p>
    ${link && html`<p><a href="${link.href}">${link.text}</a></p>`}
    ${
      code &&
      html`<p>
        <a href="/error-codes/${code}"><code>${code}</code></a>
      </p>`
    }`
  return sendPage(reply, { language, title, body, signedIn })
}

/** A table whose rows become cards on a phone: each cell says its column in `data-label`. */
export const renderTable = (heads: readonly string[], rows: readonly Html[]): Html =>
  html`<table>
    <thead>
      <tr>
        ${heads.map(head => html`<th scope="col">${head}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
  </table>`
