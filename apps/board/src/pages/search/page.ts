import { formatReais, type Language, bilingual } from '@ponte/contracts'
import {
  type EventDocument,
  type EventGroup,
  type JourneyStep,
  readers,
  searchEvents,
  type User,
  createOneByOne,
} from '@ponte/operations'
import { renderEventStatus, statusTone } from '../../ui/parts/event-status.ts'
import { renderFurther, searchForm } from '../../ui/parts/further-search.ts'
import { eventAddress } from '../../ui/addresses.ts'
import { html, type Html } from '../../ui/html.ts'
import { commonTexts, eventName } from '../../ui/common-texts.ts'
import { action, noFilters, page, type PageView, type RenderedPage } from '../../ui/board-page.ts'
import { moment } from '../../ui/moment.ts'

const searchTexts = bilingual({
  label: {
    en: {
      operator: 'E-mail, phone, name, opportunity id or event key',
      viewer: 'Opportunity id, event key or id in the queue',
    },
    pt: {
      operator: 'E-mail, telefone, nome, id da oportunidade ou chave do evento',
      viewer: 'Id da oportunidade, chave do evento ou id na fila',
    },
  },
  submit: { en: 'Search', pt: 'Buscar' },
  hint: {
    en: {
      operator:
        'Write the whole e-mail or phone: a part of it finds nothing. The words of a name have to be whole too, and are found while its event is in a queue.',
      viewer: 'Write the whole id, as it is in TOTVS CRM or on the page of the event.',
    },
    pt: {
      operator:
        'Escreva o e-mail ou o telefone inteiro: a busca não acha por uma parte. As palavras de um nome também precisam estar inteiras, e são achadas enquanto o evento está na fila.',
      viewer: 'Escreva o id inteiro, como está no TOTVS CRM ou na página do evento.',
    },
  },
  none: { en: 'Nothing found.', pt: 'Nada encontrado.' },
  noneHints: {
    en: [
      'Check that the e-mail, the phone (with its area code) or the id is whole and without a mistake.',
      'An event is kept for 30 days after its last run.',
      'If the lead should have come, check that the webhook of RD Station points at Ponte.',
    ],
    pt: [
      'Confira se o e-mail, o telefone (com DDD) ou o id está inteiro e sem erro.',
      'Um evento fica guardado por 30 dias depois da última tentativa.',
      'Se o lead deveria ter chegado, veja se o webhook do RD Station aponta para o Ponte.',
    ],
  },
  toFailures: { en: 'Show the failures', pt: 'Ver as falhas' },
  steps: {
    en: {
      leadCreated: 'lead created',
      leadUpdated: 'lead updated',
      opportunity: 'opportunity',
      sale: 'sale',
      loss: 'loss',
      failed: 'failed',
      waits: 'in the queue',
      nothing: 'no change',
    },
    pt: {
      leadCreated: 'lead criado',
      leadUpdated: 'lead atualizado',
      opportunity: 'oportunidade',
      sale: 'venda',
      loss: 'perda',
      failed: 'com falha',
      waits: 'na fila',
      nothing: 'sem alteração',
    },
  },
})

/** One search is made at a time. */
const inTurn = createOneByOne()
const NOTHING = { count: 0, only: undefined, groups: [], looked: 0, next: undefined }

/** By POST: what is searched for is a person's e-mail or phone, and addresses are kept in histories and logs. */
function renderForm(title: string, language: Language, user: User): Html {
  const { hint, label, submit } = searchTexts[language]
  const role = user.role === 'operator' ? 'operator' : 'viewer'
  return html`<form class="search" method="post" action="/search" role="search" aria-label="${title}">
    <div>
      <label for="q">${label[role]}</label>
      <input id="q" name="q" type="text" required maxlength="300" autocapitalize="none" spellcheck="false" />
    </div>
    <button type="submit">${submit}</button>
    <p class="hint">${hint[role]}</p>
  </form>`
}

/** By POST, as what is searched for is not in the address: a reload or a new login shows an empty search. */
const search = action({
  ...{ path: '/search', roles: readers, filters: noFilters },
  async run(asked) {
    const { deps, language, user, request, reply } = asked
    const { q: query, from } = searchForm.safeParse(request.body).data ?? {}
    const by = { user, language, begin: deps.lookups.ofSearch(user, reply), inTurn }
    const found = query === undefined ? NOTHING : await searchEvents(deps, { query, from }, by)
    return found.only === undefined ? render({ ...found, query }, asked) : eventAddress(found.only)
  },
})

/** `/search`: the events of a person, of an opportunity, or of a key; one alone is opened at once. */
export const searchPage = page({
  path: '/search',
  title: { en: 'Search', pt: 'Busca' },
  filters: noFilters,
  read: (): EventSearch | undefined => undefined,
  render,
  actions: [search],
})

/** `query`: undefined where nothing was searched for. */
export type EventSearch = Awaited<ReturnType<typeof searchEvents>> & { readonly query: string | undefined }

/** The form, and below it what was found, if anything was searched for. */
function render(found: EventSearch | undefined, { language, title, user }: PageView): RenderedPage {
  const body = html`<h1>${title}</h1>
    ${renderForm(title, language, user)} ${found && renderFound(found, language)}`
  return { body }
}

function renderFound({ query, count, groups, looked, next }: EventSearch, language: Language): Html {
  return html`<p role="status">${count === 0 ? searchTexts[language].none : commonTexts[language].events(count)}</p>
    ${count === 0 ? renderNothing(language) : groups.map(group => renderGroup(group, language))}
    ${query === undefined ? undefined : renderFurther({ q: query, looked, next }, {}, language, '/search')}`
}

const renderNothing = (language: Language): Html => {
  const { noneHints, toFailures } = searchTexts[language]
  return html`<ul>
      ${noneHints.map(hint => html`<li>${hint}</li>`)}
    </ul>
    <p><a href="/failures">${toFailures}</a></p>`
}

/** One group of events: what came of it, whom it is about, and each event. */
const renderGroup = ({ about, steps, events }: EventGroup, language: Language): Html =>
  html`<section class="card journey">
    <h2>${journeyText(steps, language)}</h2>
    <p class="soft tight">${about.join(' · ')}</p>
    <ol class="timeline">
      ${events.map(event => renderEvent(event, language))}
    </ol>
  </section>`

const renderEvent = (event: EventDocument, language: Language): Html =>
  html`<li>
    ${moment(event.at, language)}
    <a href="${eventAddress(event)}">${eventName(event.event, language)}</a>
    <strong class="${statusTone(event)}">${renderEventStatus(event, language)}</strong>
  </li>`

/** `Lead created → opportunity → sale R$150,000`. */
function journeyText(steps: readonly JourneyStep[], language: Language): string {
  const texts = searchTexts[language].steps
  const line = steps
    .map(({ step, reais }) => texts[step] + (reais === undefined ? '' : ` ${formatReais(reais, language)}`))
    .join(' → ')
  return line.charAt(0).toLocaleUpperCase(language) + line.slice(1)
}
