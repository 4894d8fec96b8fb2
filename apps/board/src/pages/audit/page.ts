import { queueKinds } from '@ponte/runtime'
import type { AuditRecord } from '@ponte/state'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { BoardDeps } from '../../board-deps.ts'
import { maySee, type User } from '../../auth/credentials.ts'
import { fieldLabel } from '../edit/texts.ts'
import { UNKNOWN_USER } from '../../auth/guard.ts'
import { type Html, html } from '../../ui/html.ts'
import { type Language, preferredLanguage, type Texts } from '../../ui/language.ts'
import { moment } from '../../ui/moment.ts'
import { sendPage, renderTable } from '../../ui/page.ts'

const PAGE_SIZE = 100
const query = z.object({
  before: z
    .string()
    .regex(/^\d{1,15}-\d{1,10}$/)
    .optional(),
})

const texts = {
  'pt-BR': {
    title: 'Auditoria',
    intro:
      'Quem fez o quê, do mais novo ao mais antigo: as últimas 10.000 ações; de cada usuário, 1.000 recusas, entradas e consultas; no máximo 400 dias.',
    original: 'original e atual',
    none: 'Nenhum registro.',
    when: 'Quando',
    who: 'Quem',
    what: 'O quê',
    where: 'Onde',
    older: 'Mais antigos →',
    unknownUser: 'usuário desconhecido',
    outcomes: { done: '', refused: 'recusado', failed: 'sem efeito' },
  },
  en: {
    title: 'Audit',
    intro:
      'Who did what, newest first: the last 10,000 deeds; of each user 1,000 refusals, logins and looks at data; 400 days at most.',
    original: 'original and current',
    none: 'No records.',
    when: 'When',
    who: 'Who',
    what: 'What',
    where: 'Where',
    older: 'Older →',
    unknownUser: 'unknown user',
    outcomes: { done: '', refused: 'refused', failed: 'without effect' },
  },
} satisfies Record<Language, { outcomes: Record<AuditRecord['outcome'], string> } & Record<string, unknown>>

/** Words of a record's detail; numbers and names of fields and queues stand beside them. */
const details: Readonly<Record<string, Texts>> = {
  operator: { 'pt-BR': 'operador', en: 'operator' },
  viewer: { 'pt-BR': 'visualizador', en: 'viewer' },
  failed: { 'pt-BR': 'com falha:', en: 'failed:' },
  completed: { 'pt-BR': 'concluídos:', en: 'completed:' },
}

function detailText(action: string, detail: string, language: Language): string {
  if (action === 'edit')
    return detail
      .split(', ')
      .map(field => fieldLabel(field, language))
      .join(', ')
  return detail
    .split(' ')
    .map(word => details[word]?.[language] ?? word)
    .join(' ')
}

const actions: Readonly<Record<string, Texts>> = {
  login: { 'pt-BR': 'entrou', en: 'logged in' },
  'login refused': { 'pt-BR': 'não conseguiu entrar', en: 'could not log in' },
  retry: { 'pt-BR': 'tentou de novo', en: 'retried' },
  'retry-all': { 'pt-BR': 'tentou todos de novo', en: 'retried all' },
  remove: { 'pt-BR': 'removeu', en: 'removed' },
  clean: { 'pt-BR': 'limpou', en: 'cleaned' },
  open: { 'pt-BR': 'abriu os dados', en: 'opened the data' },
  search: { 'pt-BR': 'fez uma busca', en: 'searched' },
  edit: { 'pt-BR': 'corrigiu e reenviou', en: 'edited and retried' },
  'pause-all': { 'pt-BR': 'pausou todas as filas', en: 'paused all queues' },
  'resume-all': { 'pt-BR': 'retomou todas as filas', en: 'resumed all queues' },
  connect: { 'pt-BR': 'conectou a conta do RD Station', en: 'connected the RD Station account' },
  erase: { 'pt-BR': 'apagou os dados de uma pessoa', en: "erased a person's data" },
  'forget-tenant': { 'pt-BR': 'apagou os dados de um tenant', en: "erased a tenant's data" },
  audit: { 'pt-BR': 'abriu a auditoria', en: 'opened the audit trail' },
  pause: { 'pt-BR': 'pausou', en: 'paused' },
  resume: { 'pt-BR': 'retomou', en: 'resumed' },
  promote: { 'pt-BR': 'adiantou', en: 'promoted' },
  // What Ponte allows nobody.
  empty: { 'pt-BR': 'esvaziou a fila', en: 'emptied the queue' },
  obliterate: { 'pt-BR': 'apagou a fila', en: 'obliterated the queue' },
  add: { 'pt-BR': 'acrescentou um evento', en: 'added an event' },
  'update-data': { 'pt-BR': 'gravou os dados', en: 'wrote the data' },
  concurrency: { 'pt-BR': 'mudou o ritmo da fila', en: 'changed the pace of the queue' },
  'rate-limit': { 'pt-BR': 'mudou o ritmo da fila', en: 'changed the pace of the queue' },
  release: { 'pt-BR': 'encerrou o descanso da fila', en: 'ended the rest of the queue' },
}

/** `/audit`, for operators: who did what and when. */
export function addAuditPage(app: FastifyInstance, { audit }: BoardDeps): void {
  app.get('/audit', { config: { operatorOnly: true } }, async (request, reply) => {
    const language = preferredLanguage(request.headers['accept-language'])
    const words = texts[language]
    const { before } = query.catch({}).parse(request.query)
    const read = await audit.read({ before, count: PAGE_SIZE })
    const last = read.length >= PAGE_SIZE ? read.at(-1) : undefined
    const records = read.filter(record => isShownTo(request.user, record))
    const table = renderTable(
      [words.when, words.who, words.what, words.where],
      records.map(record => renderRecord(record, language)),
    )
    const body = html`<h1>${words.title}</h1>
      <p class="soft">${words.intro}</p>
      ${records.length === 0 ? html`<p>${words.none}</p>` : table}
      ${last && html`<p><a href="/audit?before=${last.id}">${words.older}</a></p>`}`
    return sendPage(reply, { language, title: words.title, body })
  })
}

/** Who sees some tenants only sees what was done there, and what they did themselves. */
const isShownTo = (user: User | undefined, record: AuditRecord): boolean =>
  user?.tenants === undefined || (record.tenant === undefined ? record.user === user.name : maySee(user, record.tenant))

function renderRecord(
  { at, user, action, outcome, tenant, queue, jobId, code, detail }: AuditRecord,
  language: Language,
): Html {
  const words = texts[language]
  const verb = actions[`${action} ${outcome}`] ?? actions[action]
  const what = [verb?.[language] ?? action, words.outcomes[outcome], detail && detailText(action, detail, language)]
    .filter(Boolean)
    .join(' · ')
  const name = [tenant, queue].filter(Boolean).join('.')
  const isQueue = queueKinds.some(kind => kind === queue)
  const link = jobId
    ? html`<a href="/queue/${encodeURIComponent(name)}/${encodeURIComponent(jobId)}">${name} ${jobId}</a>`
    : html`<a href="/queue/${encodeURIComponent(name)}">${name}</a>`
  const original =
    action === 'edit' && outcome === 'done' && jobId !== undefined
      ? html`<a href="/jobs/${tenant}/${queue}/${encodeURIComponent(jobId)}/original">${words.original}</a>`
      : undefined
  return html`<tr>
    <td data-label="${words.when}">${moment(at, language)}</td>
    <td data-label="${words.who}">${user === UNKNOWN_USER ? words.unknownUser : user}</td>
    <td data-label="${words.what}">
      <span>${what} ${code && html`<a href="/failures/${code}"><code>${code}</code></a>`} ${original}</span>
    </td>
    <td data-label="${words.where}">${isQueue ? link : name || '–'}</td>
  </tr>`
}
