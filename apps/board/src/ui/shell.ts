import { readFileSync } from 'node:fs'
import { bilingual, type Language, languages, textIn, type Texts } from '@ponte/contracts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { EventCounts, User } from '@ponte/operations'
import { LOGO } from './assets.ts'
import { formatCount } from './common-texts.ts'
import { type Html, hiddenFields, html, trustedHtml } from './html.ts'
import { type MenuLink, menuFor } from './menu.ts'
import { timeZone } from './moment.ts'

const texts = bilingual({
  pages: { en: 'Pages', pt: 'Páginas' },
  menu: { en: 'Menu', pt: 'Menu' },
  account: { en: 'Account', pt: 'Conta' },
  skip: { en: 'Skip to content', pt: 'Ir para o conteúdo' },
  search: {
    en: { operator: 'Search e-mail, phone, opportunity or event key', viewer: 'Search opportunity or event key' },
    pt: {
      operator: 'Buscar e-mail, telefone, oportunidade ou chave do evento',
      viewer: 'Buscar oportunidade ou chave do evento',
    },
  },
  /** Short enough for a phone. The label says what is meant. */
  placeholder: {
    en: { operator: 'E-mail, phone or id', viewer: 'Opportunity or key' },
    pt: { operator: 'E-mail, telefone ou id', viewer: 'Oportunidade ou chave' },
  },
  submit: { en: 'Search', pt: 'Buscar' },
  times: { en: 'Times in', pt: 'Horários em' },
  roles: {
    en: { operator: 'operator', viewer: 'viewer', manager: 'sales manager' },
    pt: { operator: 'operador', viewer: 'visualizador', manager: 'gestor' },
  },
  logOut: { en: 'Log out', pt: 'Sair' },
  help: { en: 'Help', pt: 'Ajuda' },
})

/** In the address of a page that renewed itself, so that an unattended screen does not keep its login alive. */
export const REFRESH_MARK = 'auto'

/** Where the manual of these pages is on the board. */
export const HELP = '/help'

/** What each language calls itself. */
const ownNames: Texts = { en: 'English', pt: 'Português' }

const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')))

/** The head of each page: the search, the account, and one row of pages with counts. */
export function renderHeader({ request, server, statusCode }: FastifyReply, language: Language): Html {
  const { user, menuCounts, url } = request
  const words = texts[language]
  const here = `/${url.split(/[/?]/)[1] ?? ''}`
  const links = menuFor(server.menu, user).map(link => renderLink(link, { here, menuCounts, language }))
  return html`<a class="skip" href="#main">${words.skip}</a>
    <header class="shell">
      <div>
        <a class="brand" href="/"><img src="${LOGO}" alt="" width="28" height="28" />Ponte</a>
        ${here === '/search' || user?.role === 'manager' ? undefined : renderSearch(user, language)}
        <button type="button" class="quiet menu" popovertarget="menu">${words.menu}</button>
        ${user && renderAccount(user, nextOf(request, statusCode), language)}
        <nav id="menu" popover aria-label="${words.pages}">${links}</nav>
      </div>
    </header>`
}

function renderLink(
  { path, text, counts }: MenuLink,
  { here, menuCounts, language }: { here: string; menuCounts: EventCounts | undefined; language: Language },
): Html {
  // What could not be counted in time is not none.
  const count = counts && (menuCounts === undefined ? '?' : menuCounts[counts])
  const shown = typeof count === 'number' ? formatCount(count, language) : count
  const badge = count === undefined || count === 0 ? undefined : html` <span class="badge ${counts}">${shown}</span>`
  const current = trustedHtml(path === here ? 'aria-current="page"' : '')
  return html`<a href="${path}" ${current}>${textIn(text, language)}${badge}</a> `
}

/** Who is logged in, and what is chosen for this browser. Opens without a script. */
function renderAccount({ name, role }: User, next: string, language: Language): Html {
  const words = texts[language]
  return html`<button
      type="button"
      class="quiet account"
      popovertarget="account"
      aria-label="${words.account}: ${name}"
    >
      <span>${name}</span>
    </button>
    <div id="account" popover>
      <p><strong>${name}</strong> · ${words.roles[role]}</p>
      <p>${words.times} ${timeZone()}</p>
      ${renderLanguages(next, language)}
      <p><a href="/logout">${words.logOut}</a></p>
    </div>`
}

function renderSearch(user: User | undefined, language: Language): Html {
  const { search, placeholder, submit } = texts[language]
  const role = user?.role === 'operator' ? 'operator' : 'viewer'
  return html`<form method="post" action="/search" role="search">
    <input
      name="q"
      type="search"
      aria-label="${search[role]}"
      placeholder="${placeholder[role]}"
      required
      maxlength="300"
      autocapitalize="none"
      spellcheck="false"
    />
    <button class="quiet" type="submit">${submit}</button>
  </form>`
}

/** The foot of each page: the version and the manual; before the login, the language. */
export function renderFooter({ request, statusCode }: FastifyReply, language: Language): Html {
  return html`<footer class="shell">
    ${
      request.user === undefined
        ? renderLanguages(nextOf(request, statusCode), language)
        : html`<span>Ponte ${version}</span> <a href="${HELP}">${texts[language].help}</a>`
    }
  </footer>`
}

const renderLanguages = (next: string, language: Language): readonly Html[] =>
  languages
    .filter(each => each !== language)
    .map(
      other =>
        html`<form method="post" action="/language">
          ${hiddenFields({ language: other, next })}
          <button class="link" type="submit" lang="${other}">${textIn(ownNames, other)}</button>
        </form>`,
    )

/** Nobody comes back to an address that was refused, so it is not repeated. */
const nextOf = (request: FastifyRequest, statusCode: number): string => (statusCode < 400 ? addressOf(request) : '/')

/** Where a choice leads back to: the page itself, unless it is the answer to a form. */
export const addressOf = ({ method, url, headers: { referer = '' } }: FastifyRequest): string => {
  const page = URL.parse(method === 'GET' ? url : referer, 'http://board.invalid')
  page?.searchParams.delete(REFRESH_MARK)
  return page === null ? '/' : page.pathname + page.search
}
