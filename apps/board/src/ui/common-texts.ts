import { bilingual, type Language, leadFields, type Texts, isJobName, jobs, textIn } from '@ponte/contracts'
import { splitQueueName } from '@ponte/operations'
import { type QueueKind, queueLabel } from '@ponte/runtime'
import { wordOf } from './language.ts'
import { type Html, html } from './html.ts'

export { queueLabel } from '@ponte/runtime'

/** `1,234` */
export const formatCount = (count: number, language: Language): string => new Intl.NumberFormat(language).format(count)

/** Words that are on several pages, so that one thing has one name on all of them. */
export const commonTexts = bilingual({
  tenant: { en: 'Tenant', pt: 'Empresa' },
  event: { en: 'Event', pt: 'Evento' },
  contact: { en: 'Contact', pt: 'Contato' },
  source: { en: 'Source', pt: 'Origem' },
  status: { en: 'Status', pt: 'Situação' },
  when: { en: 'When', pt: 'Quando' },
  user: { en: 'User', pt: 'Quem' },
  retry: { en: 'Retry', pt: 'Reenviar' },
  edit: { en: 'Edit and retry', pt: 'Corrigir e reenviar' },
  viewInQueue: { en: 'View in queue', pt: 'Ver na fila' },
  whatToDo: { en: 'What to do', pt: 'O que fazer' },
  search: { en: 'Search', pt: 'Buscar' },
  newest: { en: '← Newest', pt: '← Os mais novos' },
  newer: { en: '← Newer', pt: '← Mais novos' },
  older: { en: 'Older →', pt: 'Mais antigos →' },
  toEvents: { en: '← Events', pt: '← Eventos' },
  toFailures: { en: '← Failures', pt: '← Falhas' },
  checkNow: { en: 'Check now', pt: 'Verificar agora' },
  noTenant: {
    en: 'No tenant to show. Tenants are in the tenants file.',
    pt: 'Nenhuma empresa para mostrar. As empresas estão no arquivo de tenants.',
  },
  unknownTenant: { en: 'Tenant not found.', pt: 'Empresa não encontrada.' },
  preview: { en: 'Preview', pt: 'Prévia' },
  unreadable: {
    en: (queues: string, count: number) =>
      `Redis did not answer; the status of ${count === 1 ? 'this queue' : `${count} queues`} is unknown: ${queues}.`,
    pt: (queues, count) =>
      `O Redis não respondeu; a situação ${count === 1 ? 'desta fila' : `de ${count} filas`} é desconhecida: ${queues}.`,
  },
  events: {
    en: (count: number) => (count === 1 ? '1 event' : `${formatCount(count, 'en')} events`),
    pt: count => (count === 1 ? '1 evento' : `${formatCount(count, 'pt-BR')} eventos`),
  },
})

/** What people call a queue: its tenant and its direction. */
export function queueTitle(name: string, language: Language): string {
  const named = splitQueueName(name)
  return named === undefined ? name : `${named.tenant} · ${queueLabel(named.kind, language)}`
}

/** More would hide the page. */
const MAX_NAMED = 3

/** Which queues Redis cannot read. Undefined where it reads all. */
export function unreadableText(queues: readonly string[], language: Language): string | undefined {
  const named = queues.slice(0, MAX_NAMED).map(name => queueTitle(name, language))
  const rest = queues.length > MAX_NAMED ? ['…'] : []
  return queues.length === 0
    ? undefined
    : commonTexts[language].unreadable([...named, ...rest].join(', '), queues.length)
}

/** A delivery in quarantine has a source and may name many people; an event is about one contact. */
export const contactLabel = (kind: QueueKind, language: Language): string =>
  kind === 'quarantine' ? commonTexts[language].source : commonTexts[language].contact

const labels: Readonly<Record<string, Texts>> = {
  ...leadFields,
  ownerEmail: { pt: 'E-mail do responsável no RD Station', en: 'E-mail of the owner in RD Station' },
  opportunityId: { pt: 'Id da oportunidade', en: 'Opportunity id' },
  contextUrl: { pt: 'Caminho das oportunidades (contextUrl)', en: 'Path of the opportunities (contextUrl)' },
  body: { pt: 'Corpo da entrega', en: 'Body of the delivery' },
}

/** What a field of an event's data is called. */
export const fieldLabel = (field: string, language: Language): string => wordOf(labels, field, language)

const delivery = { en: 'Delivery', pt: 'Entrega' }

/** What an event is called on pages. The name that logs, metrics and Bull Board have is shown on hovering. */
export const eventName = (name: string, language: Language): Html =>
  html`<span title="${name}">${eventText(name, language)}</span>`

/** The name without markup. An unknown name stays as it is. */
export function eventText(name: string, language: Language): string {
  if (name === 'delivery') return textIn(delivery, language)
  return isJobName(name) ? textIn(jobs[name], language) : name
}
