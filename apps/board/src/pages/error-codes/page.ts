import {
  bilingual,
  codeOfReason,
  type FailureCode,
  failureFamilies,
  failureSection,
  failureSentence,
  foldWord,
  isFailureCode,
  type Language,
  languages,
  textIn,
  type Texts,
} from '@ponte/contracts'
import { z } from 'zod'
import { html, type Html, trustedHtml } from '../../ui/html.ts'
import { page } from '../../ui/board-page.ts'
import { marked } from 'marked'

/**
 * The texts are our own, so their HTML is trusted. Links between codes (`#code`) lead to other pages. The board does not serve documents,
 * so of a link to one only its text is shown.
 */
const sectionHtml = (code: FailureCode, language: Language): Html =>
  trustedHtml(
    marked
      .parse(failureSection(code, language), { async: false })
      .replaceAll(/href="#([a-z_]+)"/g, (_link, anchor: string) => `href="/error-codes/${anchor.toUpperCase()}"`)
      .replaceAll(/<a href="\.\.?\/[^"]*">([^<]*)<\/a>/g, '$1'),
  )

const title: Texts = { en: 'Error codes', pt: 'Catálogo de erros' }

const errorCodeTexts = bilingual({
  intro: {
    en: 'Each error has a code that never changes. Choose a code to read what happened and what to do.',
    pt: 'Cada erro tem um código que nunca muda. Escolha o código para ler o que aconteceu e o que fazer.',
  },
  search: { en: 'Code or words', pt: 'Código ou palavras' },
  submit: { en: 'Search', pt: 'Buscar' },
  clear: { en: 'Show all', pt: 'Mostrar todos' },
  none: { en: 'No code is described with these words.', pt: 'Nenhum código é descrito com estas palavras.' },
  families: {
    en: {
      ingress: 'When a delivery arrives',
      quarantine: 'Deliveries in quarantine',
      'totvs-crm': 'TOTVS CRM',
      'rd-station': 'RD Station',
      ponte: 'Ponte itself',
    },
    pt: {
      ingress: 'Na chegada de uma entrega',
      quarantine: 'Entregas em quarentena',
      'totvs-crm': 'TOTVS CRM',
      'rd-station': 'RD Station',
      ponte: 'O próprio Ponte',
    },
  },
  all: { en: '← Error codes', pt: '← Catálogo de erros' },
  events: { en: 'Events that failed with this code', pt: 'Eventos que falharam com este código' },
  unknown: { en: 'There is no such error code.', pt: 'Este código de erro não existe.' },
  other: { en: { text: 'Ler em português', language: 'pt-BR' }, pt: { text: 'Read in English', language: 'en' } },
})

/** The page about a failed job's reason (`CODE: sentence`): of its code, or of all codes when it names none. */
export function errorCodeAddress(failedReason: string): string {
  const code = codeOfReason(failedReason)
  return isFailureCode(code) ? `/error-codes/${code}` : '/error-codes'
}

const query = z.object({
  lang: z.enum(languages).optional().catch(undefined),
  q: z.string().max(200).optional().catch(undefined),
})
const parameters = z.object({ code: z.string() })

const filters = { read: (asked: unknown) => query.catch({}).parse(asked) }

/** `/error-codes`: what happened and what to do, for every code. */
export const errorCodesPage = page({
  path: '/error-codes',
  title,
  menu: {},
  filters,
  read: ({ filters: { q = '', lang }, language }) =>
    failureFamilies.flatMap(({ family, codes }) => {
      const found = codes.filter(code => isAbout(q, code, lang ?? language))
      return found.length === 0 ? [] : { family, codes: found }
    }),
  render(groups, asked) {
    const { q = '', lang: language = asked.language } = asked.filters
    const { intro, none, families } = errorCodeTexts[language]
    const body = html`<h1>${textIn(title, language)}</h1>
      <p>${intro}</p>
      ${renderSearch(q, language)} ${groups.length === 0 ? html`<p class="notice empty">${none}</p>` : undefined}
      ${groups.map(
        ({ family, codes }) =>
          html`<h2>${families[family]}</h2>
            <ul>
              ${codes.map(code => listItem(code, language))}
            </ul>`,
      )}
      <p>${otherLanguage('/error-codes', language)}</p>`
    return { language, body }
  },
})

/** `/error-codes/CRM_REJECTED` */
export const errorCodePage = page({
  path: '/error-codes/:code',
  title,
  filters,
  read: ({ request }) => parameters.parse(request.params),
  render({ code }, asked) {
    const language = asked.filters.lang ?? asked.language
    const { all, events, unknown } = errorCodeTexts[language]
    const back = html`<p><a href="/error-codes">${all}</a></p>`
    if (!isFailureCode(code)) {
      const body = html`${back}
        <h1>${code}</h1>
        <p>${unknown}</p>`
      return { status: 404, language, title: code, body }
    }
    const body = html`${back}
      <h1><code>${code}</code></h1>
      ${sectionHtml(code, language)}
      <p>${otherLanguage(`/error-codes/${code}`, language)}</p>
      <p><a href="/failures?code=${code}">${events}</a></p>`
    return { language, title: code, body }
  },
})

/** Are all these words in what the catalogue says of a code? Case and accents do not count. */
function isAbout(q: string, code: FailureCode, language: Language): boolean {
  const words = `${code} ${failureSection(code, language)}`.split(/\s+/).map(foldWord).join(' ')
  return q.split(/\s+/).every(word => words.includes(foldWord(word)))
}

function renderSearch(q: string, language: Language): Html {
  const { search, submit, clear } = errorCodeTexts[language]
  return html`<form class="search" method="get" action="/error-codes" role="search" aria-label="${search}">
    <div>
      <label for="q">${search}</label>
      <input id="q" name="q" type="search" value="${q}" maxlength="200" autocapitalize="none" spellcheck="false" />
    </div>
    <button type="submit">${submit}</button>
    ${q === '' ? undefined : html`<a class="button quiet" href="/error-codes">${clear}</a>`}
  </form>`
}

function otherLanguage(address: string, language: Language): Html {
  const { other } = errorCodeTexts[language]
  return html`<a href="${address}?lang=${other.language}" hreflang="${other.language}" lang="${other.language}"
    >${other.text}</a
  >`
}

const listItem = (code: FailureCode, language: Language): Html =>
  html`<li>
    <a href="/error-codes/${code}"><code>${code}</code></a> <span class="soft">${failureSentence(code, language)}</span>
  </li>`
