import { type Language, bilingual, textIn, type Texts } from '@ponte/contracts'
import { queueKinds } from '@ponte/runtime'
import { UNKNOWN_USER } from '../../auth/credentials.ts'
import { type AuditDocument, operators, periods, periodStart, readAudit } from '@ponte/operations'
import { queueAddress, retryAddress } from '../../ui/addresses.ts'
import { commonTexts, fieldLabel } from '../../ui/common-texts.ts'
import { z } from 'zod'
import {
  allTexts,
  createFilters,
  filterLooks,
  periodLook,
  placeIn,
  tenantChoices,
  tenantLook,
} from '../../filters/filters.ts'
import { html } from '../../ui/html.ts'
import { page } from '../../ui/board-page.ts'
import { moment, timeZone } from '../../ui/moment.ts'
import { type Cell, renderTable } from '../../ui/page.ts'
import { wordOf } from '../../ui/language.ts'

/** Characters of a fingerprint that are shown. */
const SHOWN_OF_PRINT = 8

const auditTexts = bilingual({
  intro: {
    en: 'Who did what, newest first: of each user the last 10,000 changes, and 1,000 each of what failed, denied requests, logins and views of data; 400 days at most.',
    pt: 'Quem fez o quê, do mais novo ao mais antigo: de cada usuário, as últimas 10.000 mudanças, e 1.000 de cada tipo do que falhou, pedidos recusados, acessos e consultas; no máximo 400 dias.',
  },
  original: { en: 'original and current', pt: 'original e atual' },
  outcome: { en: 'see the result', pt: 'ver o resultado' },
  none: { en: 'No records.', pt: 'Nenhum registro.' },
  noneOfThese: { en: 'No records with these filters.', pt: 'Nenhum registro com esses filtros.' },
  action: { en: 'Action', pt: 'Ação' },
  where: { en: 'Where', pt: 'Onde' },
  unknownUser: { en: 'unknown user', pt: 'usuário desconhecido' },
  persons: { en: (codes: string) => `person: ${codes}`, pt: codes => `pessoa: ${codes}` },
  outcomes: {
    en: { done: '', refused: 'denied', failed: 'no effect' },
    pt: { done: '', refused: 'recusado', failed: 'sem efeito' },
  },
})

/** Words in the detail of an entry; numbers and names of fields and queues stand beside them. */
const details: Readonly<Record<string, Texts>> = {
  operator: { en: 'operator', pt: 'operador' },
  viewer: { en: 'viewer', pt: 'visualizador' },
  api: { en: 'with a token of the API', pt: 'com um token da API' },
  all: { en: 'all that match', pt: 'todos os encontrados' },
  failed: { en: 'failed:', pt: 'com falha:' },
  now: { en: 'at once', pt: 'na hora' },
  completed: { en: 'completed:', pt: 'concluídos:' },
}

function detailText(action: string, detail: string, language: Language): string {
  if (action === 'edit')
    return detail
      .split(', ')
      .map(field => fieldLabel(field, language))
      .join(', ')
  return detail
    .split(' ')
    .map(word => wordOf(details, word, language))
    .join(' ')
}

/** By the name that is stored in the entry. */
const actions: Readonly<Record<string, Texts>> = {
  login: { en: 'logged in', pt: 'entrou' },
  'login refused': { en: 'could not log in', pt: 'não conseguiu entrar' },
  'connect refused': {
    en: 'tried to connect the RD Station account',
    pt: 'tentou conectar a conta do RD Station',
  },
  'connect failed': { en: 'tried to connect the RD Station account', pt: 'tentou conectar a conta do RD Station' },
  retry: { en: 'retried', pt: 'reenviou' },
  'retry-all': { en: 'retried all', pt: 'reenviou todos' },
  'try-one': { en: 'tried one', pt: 'testou um' },
  remove: { en: 'removed', pt: 'removeu' },
  clean: { en: 'removed all', pt: 'removeu todos' },
  open: { en: 'opened the data', pt: 'abriu os dados' },
  'open-contact': { en: 'saw the e-mail and phone', pt: 'viu o e-mail e o telefone' },
  assignee: { en: 'assigned the cause to', pt: 'atribuiu a causa a' },
  unassignee: { en: 'assigned the cause to nobody', pt: 'deixou a causa sem responsável' },
  note: { en: 'wrote a note on the cause', pt: 'anotou a causa' },
  unnote: { en: 'removed the note on the cause', pt: 'apagou a anotação da causa' },
  mute: { en: 'muted the alerts of the cause', pt: 'silenciou os alertas da causa' },
  unmute: { en: 'let the cause cause alerts again', pt: 'voltou a alertar sobre a causa' },
  'export-events': { en: 'exported events', pt: 'exportou eventos' },
  preview: { en: 'looked at a preview', pt: 'viu uma prévia' },
  search: { en: 'searched', pt: 'fez uma busca' },
  edit: { en: 'edited and retried', pt: 'corrigiu e reenviou' },
  'pause-all': { en: 'paused all queues', pt: 'pausou todas as filas' },
  'resume-all': { en: 'resumed all queues', pt: 'retomou todas as filas' },
  connect: { en: 'connected the RD Station account', pt: 'conectou a conta do RD Station' },
  'register-webhook': { en: 'registered the webhook at RD Station', pt: 'cadastrou o webhook no RD Station' },
  'check-now': { en: 'asked for a check now', pt: 'pediu uma verificação agora' },
  'test-alerts': { en: 'tested the alerts', pt: 'testou os alertas' },
  shadow: { en: 'brought the tenant back into the shadow', pt: 'trouxe a empresa de volta ao modo sombra' },
  'rest-send': { en: 'sent what a way back left undone', pt: 'enviou o que um caminho de volta deixou por fazer' },
  'rest-drop': {
    en: 'dropped what a way back left undone',
    pt: 'descartou o que um caminho de volta deixou por fazer',
  },
  erase: { en: "erased a person's data", pt: 'apagou os dados de uma pessoa' },
  'forget-tenant': { en: "erased a tenant's data", pt: 'apagou os dados de uma empresa' },
  audit: { en: 'opened the audit trail', pt: 'abriu a auditoria' },
  'read-api': { en: 'asked the API', pt: 'consultou a API' },
  pause: { en: 'paused', pt: 'pausou' },
  resume: { en: 'resumed', pt: 'retomou' },
  promote: { en: 'promoted', pt: 'adiantou' },
  // These are refused to everybody.
  empty: { en: 'emptied the queue', pt: 'esvaziou a fila' },
  obliterate: { en: 'deleted the queue', pt: 'apagou a fila' },
  add: { en: 'added an event', pt: 'acrescentou um evento' },
  'update-data': { en: 'wrote the data', pt: 'gravou os dados' },
  concurrency: { en: 'changed the limit of the queue', pt: 'mudou o limite da fila' },
  'rate-limit': { en: 'changed the limit of the queue', pt: 'mudou o limite da fila' },
  release: { en: 'released the limit of the queue', pt: 'liberou o limite da fila' },
}

/** Can the trail be asked for this action? */
const isAction = (name: string): boolean => !name.includes(' ') && Object.hasOwn(actions, name)

/** The actions to choose from, by what the trail shows of each. */
const actionChoices = (language: Language): readonly { readonly value: string; readonly text: string }[] =>
  Object.entries(actions)
    .filter(([name]) => !name.includes(' '))
    .map(([value, text]) => ({ value, text: textIn(text, language) }))

/** What was done, in words. An action that this version does not know is shown by its stored name. */
function actionText(
  { action, outcome, detail, persons }: AuditDocument['records'][number],
  language: Language,
): string {
  const verb = actions[`${action} ${outcome}`] ?? actions[action]
  const words = auditTexts[language]
  return [
    verb === undefined ? action : textIn(verb, language),
    words.outcomes[outcome],
    detail && detailText(action, detail, language),
    persons && words.persons(shortened(persons)),
  ]
    .filter(Boolean)
    .join(' · ')
}

/** Enough of each fingerprint to see that two entries are about the same person. */
const shortened = (persons: string): string =>
  persons
    .split(' ')
    .map(print => print.slice(0, SHOWN_OF_PRINT))
    .join(', ')

/** All that is kept, where no period is named. The trail outlives users and tenants, so any name may be asked for. */
export const auditFilters = createFilters('/audit', () =>
  z.object({
    user: z
      .string()
      .max(500)
      .optional()
      .register(filterLooks, { label: { en: 'User', pt: 'Quem' }, all: { en: 'everybody', pt: 'todos' } }),
    action: z
      .string()
      .refine(isAction)
      .optional()
      .register(filterLooks, {
        label: { en: 'Action', pt: 'Ação' },
        all: allTexts.feminine,
        choices: actionChoices,
      }),
    tenant: z.string().max(500).optional().register(filterLooks, tenantLook),
    period: z
      .enum(periods)
      .optional()
      .register(filterLooks, { ...periodLook, all: { en: 'last 400 days', pt: 'últimos 400 dias' } }),
    before: placeIn(/^\d{1,15}-\d{1,10}$/),
  }),
)

/** `/audit`, for operators: who did what and when. */
export const auditPage = page({
  path: '/audit',
  roles: operators,
  title: { en: 'Audit', pt: 'Auditoria' },
  menu: {},
  filters: auditFilters,
  read: ({ deps: { audit }, filters: { period, ...filters }, user, now }) =>
    readAudit(audit, { ...filters, since: period && periodStart(period, { now, timeZone: timeZone() }) }, user),
  render({ records, next, users }, { deps: { tenants }, filters, language, title }) {
    const words = auditTexts[language]
    const common = commonTexts[language]
    const table = renderTable(
      [common.when, common.user, words.action, words.where],
      records.map(record => renderEntry(record, language)),
    )
    // One that is not in the tenants file any more stays in the form while it is chosen.
    const shown =
      tenants.some(({ name }) => name === filters.tenant) || filters.tenant === undefined
        ? tenants
        : [...tenants, { name: filters.tenant }]
    const none = html`<p>${auditFilters.isFiltered(filters) ? words.noneOfThese : words.none}</p>`
    const body = html`<h1>${title}</h1>
      <p class="soft">${words.intro}</p>
      ${auditFilters.form(filters, language, {
        user: users.map(value => ({ value, text: value === UNKNOWN_USER ? words.unknownUser : value })),
        tenant: tenantChoices(shown),
      })}
      ${records.length === 0 ? none : table}
      ${next && html`<p><a href="${auditFilters.address(filters, { before: next })}">${common.older}</a></p>`}`
    return { body }
  },
})

function renderEntry(entry: AuditDocument['records'][number], language: Language): readonly Cell[] {
  const { at, user, action, outcome, tenant, queue, jobId, code, retry } = entry
  const words = auditTexts[language]
  const what = actionText(entry, language)
  const name = [tenant, queue].filter(Boolean).join('.')
  const isQueue = queueKinds.some(kind => kind === queue)
  const link = jobId
    ? html`<a href="${queueAddress(name, { jobId })}">${name} ${jobId}</a>`
    : html`<a href="${queueAddress(name)}">${name}</a>`
  const original =
    action === 'edit' && outcome === 'done' && jobId !== undefined
      ? html`<a href="/jobs/${tenant}/${queue}/${encodeURIComponent(jobId)}/original">${words.original}</a>`
      : undefined
  return [
    { content: moment(at, language), look: 'when' },
    user === UNKNOWN_USER ? words.unknownUser : user,
    html`<span
      >${what} ${code && html`<a href="/error-codes/${code}"><code>${code}</code></a>`} ${original}
      ${retry && html`<a href="${retryAddress(retry)}">${words.outcome}</a>`}</span
    >`,
    isQueue ? link : name || '–',
  ]
}
