import type { Language } from '@ponte/contracts'
import type { RetriedQueue, RetryDocument } from '../documents/retry-document.ts'
import { formatFigure } from '../report/format-figure.ts'

/** In the order of the text. */
const names = ['delivered', 'unchanged', 'failed', 'underWay', 'left', 'removed', 'toRetry', 'notRetried'] as const
type Name = (typeof names)[number]

/** The words for one event and for several. Without a second text, the first is for both. */
const words: Readonly<Record<Language, Readonly<Record<Name, readonly [one: string, several?: string]>>>> = {
  en: {
    delivered: ['delivered'],
    unchanged: ['unchanged'],
    failed: ['failed again'],
    underWay: ['under way'],
    left: ['was no longer failed', 'were no longer failed'],
    removed: ['removed from the queue'],
    toRetry: ['to be retried'],
    notRetried: ['not retried'],
  },
  'pt-BR': {
    delivered: ['entregue', 'entregues'],
    unchanged: ['sem alteração'],
    failed: ['falhou de novo', 'falharam de novo'],
    underWay: ['em andamento'],
    left: ['já não estava em falha', 'já não estavam em falha'],
    removed: ['removido da fila', 'removidos da fila'],
    toRetry: ['a reenviar'],
    notRetried: ['não reenviado', 'não reenviados'],
  },
}

type Queues = Pick<RetryDocument, 'queues'>

const sumOf = ({ queues }: Queues, count: (queue: RetriedQueue) => number): number =>
  queues.reduce((sum, queue) => sum + count(queue), 0)

export const askedOf = (retry: Queues): number => sumOf(retry, ({ asked }) => asked)

/** How many events failed again. */
export const failedOf = (retry: Queues): number =>
  sumOf(retry, ({ failed }) => failed.reduce((sum, { count }) => sum + count, 0))

/** How many have ended, in whatever way. */
export const endedOf = (retry: Queues): number =>
  sumOf(retry, ({ asked, underWay, notRetried }) => asked - underWay - notRetried)

/** `248 delivered`, `2 failed again`: every event that was asked for, once. */
export function retryOutcomes(retry: Pick<RetryDocument, 'state' | 'queues'>, language: Language) {
  const isWorking = retry.state === 'working'
  const countOf = (name: Name): number => {
    if (name === 'failed') return failedOf(retry)
    if (name === 'toRetry') return isWorking ? sumOf(retry, ({ notRetried }) => notRetried) : 0
    if (name === 'notRetried' && isWorking) return 0
    return sumOf(retry, queue => queue[name])
  }
  return names.flatMap(name => {
    const count = countOf(name)
    const [one, several = one] = words[language][name]
    const text = `${formatFigure(count, 'count', language)} ${count === 1 ? one : several}`
    return count === 0 ? [] : { name, text }
  })
}
