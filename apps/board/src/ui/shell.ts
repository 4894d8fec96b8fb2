import { bilingual, type Language, languages, textIn, type Texts } from '@ponte/contracts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { User } from '../auth/credentials.ts'
import { LOGO } from './assets.ts'
import { type Html, hiddenFields, html, trustedHtml } from './html.ts'
import { type MenuLink, navigationFor } from './menu.ts'
import { timeZone } from './moment.ts'

const texts = bilingual({
  pages: { en: 'Pages', pt: 'Páginas' },
  menu: { en: 'Menu', pt: 'Menu' },
  skip: { en: 'Skip to content', pt: 'Ir para o conteúdo' },
  search: {
    en: { operator: 'Search e-mail, phone, opportunity', viewer: 'Search opportunity or event key' },
    pt: { operator: 'Buscar e-mail, telefone, oportunidade', viewer: 'Buscar oportunidade ou chave do evento' },
  },
  submit: { en: 'Search', pt: 'Buscar' },
  times: { en: 'Times in', pt: 'Horários em' },
  roles: { en: { operator: 'operator', viewer: 'viewer' }, pt: { operator: 'operador', viewer: 'visualizador' } },
})

/** In the address of a page that renewed itself, so that an unattended screen does not keep its login alive. */
export const REFRESH_MARK = 'auto'

/** What each language calls itself. */
const ownNames: Texts = { en: 'English', pt: 'Português' }

/** The head of each page: menu with counts, and the search. `here`: the page's path. */
export function renderHeader({ user, menuCounts, url }: FastifyRequest, language: Language): Html {
  const words = texts[language]
  const here = `/${url.split(/[/?]/)[1] ?? ''}`
  const [first, others] = [true, false].map(isFirst =>
    navigationFor(user)
      .filter(link => (link.isFirst ?? false) === isFirst)
      .map(link => renderLink(link, { here, count: link.counts && menuCounts?.[link.counts], language })),
  )
  return html`<a class="skip" href="#main">${words.skip}</a>
    <header class="shell">
      <div>
        <a class="brand" href="/"><img src="${LOGO}" alt="" width="28" height="28" />Ponte</a>
        <button type="button" class="quiet menu" popovertarget="menu">${words.menu}</button>
        <nav id="menu" popover aria-label="${words.pages}">
          <div>${first}</div>
          <div class="others">${others}</div>
        </nav>
        ${here === '/search' ? undefined : renderSearch(user, language)}
      </div>
    </header>`
}

function renderLink(
  { href, text, counts }: MenuLink,
  { here, count = 0, language }: { here: string; count: number | undefined; language: Language },
): Html {
  const badge = count === 0 ? undefined : html` <span class="badge ${counts}">${formatCount(count, language)}</span>`
  const current = trustedHtml(href === here ? 'aria-current="page"' : '')
  return html`<a href="${href}" ${current}>${textIn(text, language)}${badge}</a> `
}

function renderSearch(user: User | undefined, language: Language): Html {
  const { search, submit } = texts[language]
  const label = search[user?.role ?? 'viewer']
  return html`<form method="post" action="/search" role="search">
    <input
      name="q"
      type="search"
      aria-label="${label}"
      placeholder="${label}"
      required
      maxlength="300"
      autocapitalize="none"
      spellcheck="false"
    />
    <button class="quiet" type="submit">${submit}</button>
  </form>`
}

/** The foot of each page: the language switch, the time zone, and who is logged in. */
export function renderFooter({ request, statusCode }: FastifyReply, language: Language): Html {
  const words = texts[language]
  const { user } = request
  // Nobody comes back to an address that was refused, so it is not repeated.
  const next = statusCode < 400 ? addressOf(request) : '/'
  const others = languages.filter(each => each !== language)
  return html`<footer class="shell">
    ${user && html`<span>${user.name} (${words.roles[user.role]})</span>`}
    <span>${words.times} ${timeZone()}</span>
    ${others.map(
      other =>
        html`<form method="post" action="/language">
          ${hiddenFields({ language: other, next })}
          <button class="link" type="submit" lang="${other}">${textIn(ownNames, other)}</button>
        </form>`,
    )}
  </footer>`
}

/** Where a choice leads back to: the page itself, unless it is the answer to a form. */
export const addressOf = ({ method, url, headers: { referer = '' } }: FastifyRequest): string => {
  const page = URL.parse(method === 'GET' ? url : referer, 'http://board.invalid')
  page?.searchParams.delete(REFRESH_MARK)
  return page === null ? '/' : page.pathname + page.search
}

export const formatCount = (count: number, language: Language): string => new Intl.NumberFormat(language).format(count)
