import { type Html, html } from '../../ui/html.ts'
import type { Language } from '../../ui/language.ts'

export const failureTexts = {
  'pt-BR': {
    title: 'Falhas',
    intro: {
      operator:
        'Eventos com falha, agrupados por causa: o que aconteceu, o que fazer e um botão que reenvia todos. As marcações de uma oportunidade são contadas uma vez.',
      viewer:
        'Eventos com falha, agrupados por causa: o que aconteceu e o que fazer. As marcações de uma oportunidade são contadas uma vez.',
    },
    none: 'Nenhuma falha. Tudo o que chegou foi entregue ou está na fila.',
    count: (count: number) => (count === 1 ? '1 evento com falha' : `${count} eventos com falha`),
    only: (code: string) => `Somente ${code}.`,
    all: 'Mostrar todas as falhas',
    capped: (queue: string) => `A fila ${queue} tem mais falhas do que esta página conta: são as 10.000 mais novas.`,
    unreadable: (queue: string) => `O Redis não respondeu; a situação da fila ${queue} é desconhecida.`,
    retried: (retried: number, skipped: number) =>
      `${retried === 1 ? '1 evento voltou' : `${retried} eventos voltaram`} à fila.` +
      (skipped > 0 ? ` ${skipped} já não estavam com essa falha.` : ''),
    between: (first: Html, last: Html) => html`primeira ${first}, última ${last}`,
    tenant: 'empresa',
    queue: 'fila',
    retryAll: (count: number) => (count === 1 ? 'Reenviar' : `Reenviar todos (${count})`),
    show: 'Ver os eventos',
    about: 'Sobre este código',
    other: 'Falha sem código do Ponte; o texto vem do próprio BullMQ.',
    failedAt: 'Falhou em',
    actions: 'Ações',
    sure: (count: number) => `Reenviar ${count} eventos?`,
    sureText: 'A causa foi corrigida? Se não foi, todos falharão outra vez e gastarão chamadas das duas APIs.',
    cancel: 'Cancelar',
    noQueue: 'Esta fila não existe.',
    noCode: 'Este código de erro não existe.',
    pending: (count: number) => `o Ponte reenvia ${count} automaticamente`,
    response: (system: string | undefined) => `Resposta ${system === undefined ? 'do outro sistema' : `do ${system}`}:`,
  },
  en: {
    title: 'Failures',
    intro: {
      operator:
        'Failed events by cause: what happened, what to do, and one button that retries them all. The marks of an opportunity are counted once.',
      viewer: 'Failed events by cause: what happened and what to do. The marks of an opportunity are counted once.',
    },
    none: 'No failures. Everything that arrived was delivered or is in its queue.',
    count: (count: number) => (count === 1 ? '1 failed event' : `${count} failed events`),
    only: (code: string) => `${code} only.`,
    all: 'Show all failures',
    capped: (queue: string) =>
      `The queue ${queue} has more failures than this page counts: these are the newest 10,000.`,
    unreadable: (queue: string) => `Redis did not answer; the status of the queue ${queue} is unknown.`,
    retried: (retried: number, skipped: number) =>
      `${retried === 1 ? '1 event is' : `${retried} events are`} back in the queue.` +
      (skipped > 0 ? ` ${skipped} no longer had this failure.` : ''),
    between: (first: Html, last: Html) => html`first ${first}, last ${last}`,
    tenant: 'tenant',
    queue: 'queue',
    retryAll: (count: number) => (count === 1 ? 'Retry' : `Retry all (${count})`),
    show: 'Show the events',
    about: 'About this code',
    other: "A failure without one of Ponte's codes; the text is BullMQ's own.",
    failedAt: 'Failed at',
    actions: 'Actions',
    sure: (count: number) => `Retry ${count} events?`,
    sureText: 'Is the cause fixed? If not, all of them will fail again and use calls of both APIs.',
    cancel: 'Cancel',
    noQueue: 'There is no such queue.',
    noCode: 'There is no such error code.',
    pending: (count: number) => `Ponte retries ${count} automatically`,
    response: (system: string | undefined) => `Response from ${system ?? 'the other system'}:`,
  },
} satisfies Record<Language, unknown>
