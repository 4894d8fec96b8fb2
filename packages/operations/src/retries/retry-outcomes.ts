import type { Language } from '@ponte/contracts'
import type { Retry, RetryPart } from '@ponte/state'
import { formatFigure } from '../report/format-figure.ts'

/** In the order of the text. */
const names = ['done', 'skipped', 'failed', 'underWay', 'left', 'gone', 'toSend', 'unsent'] as const
type Name = (typeof names)[number]

/** The words for one event and for several. Without a second text, the first is for both. */
const words: Readonly<Record<Language, Readonly<Record<Name, readonly [one: string, several?: string]>>>> = {
  en: {
    done: ['delivered'],
    skipped: ['unchanged'],
    failed: ['failed again'],
    underWay: ['under way'],
    left: ['was no longer failed', 'were no longer failed'],
    gone: ['removed from the queue'],
    toSend: ['to be retried'],
    unsent: ['not retried'],
  },
  'pt-BR': {
    done: ['entregue', 'entregues'],
    skipped: ['sem alteração'],
    failed: ['falhou de novo', 'falharam de novo'],
    underWay: ['em andamento'],
    left: ['já não estava em falha', 'já não estavam em falha'],
    gone: ['removido da fila', 'removidos da fila'],
    toSend: ['a reenviar'],
    unsent: ['não reenviado', 'não reenviados'],
  },
}

export const sumParts = (parts: readonly RetryPart[], count: (part: RetryPart) => number): number =>
  parts.reduce((sum, part) => sum + count(part), 0)

/** How many events of a part failed again. */
export const failedOf = ({ failed }: RetryPart): number => failed.reduce((sum, { count }) => sum + count, 0)

/** How many have ended, in whatever way. */
export const endedOf = ({ asked, underWay, unsent }: RetryPart): number => asked - underWay - unsent

/** `248 delivered`, `2 failed again`: every event that was asked for, once. */
export function retryOutcomes({ state, parts }: Pick<Retry, 'state' | 'parts'>, language: Language) {
  const countOf = (name: Name, part: RetryPart): number => {
    if (name === 'failed') return failedOf(part)
    if (name === 'toSend' || name === 'unsent') return (name === 'toSend') === (state === 'working') ? part.unsent : 0
    return part[name]
  }
  return names.flatMap(name => {
    const count = sumParts(parts, part => countOf(name, part))
    const [one, several = one] = words[language][name]
    const text = `${formatFigure(count, 'count', language)} ${count === 1 ? one : several}`
    return count === 0 ? [] : { name, text }
  })
}
