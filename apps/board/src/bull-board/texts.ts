import { bilingual, isRecord, type Language, type Texts } from '@ponte/contracts'
import { queueKinds, queueLabel } from '@ponte/runtime'
import { readFile } from 'node:fs/promises'

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
