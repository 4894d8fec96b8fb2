import {
  bilingual,
  ingressFailures,
  type Language,
  type System,
  systemNames,
  systemTable,
  textIn,
} from '@ponte/contracts'
import { counted, formatDuration } from '@ponte/runtime'
import { type RefusalReason, refusalReasons, type RefusedDeliveries } from '@ponte/state'

const texts = bilingual({
  headline: {
    en: (count: number, system: string) =>
      `${system}: ${counted('en', count, 'delivery was refused', 'deliveries were refused')}, and none has been accepted since`,
    pt: (count, system) =>
      `${system}: ${counted('pt-BR', count, 'entrega recusada', 'entregas recusadas')}, e nenhuma aceita desde então`,
  },
  reasons: {
    en: {
      'no-token': 'no token',
      'wrong-token': 'wrong token',
      'too-large': 'too large',
      'wrong-type': 'wrong type',
    } satisfies Record<RefusalReason, string>,
    pt: {
      'no-token': 'sem token',
      'wrong-token': 'token incorreto',
      'too-large': 'grandes demais',
      'wrong-type': 'tipo incorreto',
    },
  },
  last: { en: (span: string) => `last ${span} ago`, pt: span => `a última há ${span}` },
  token: {
    en: (system: string, setting: string) =>
      `Either ${system} still has an old address or token, or somebody is guessing. Compare its webhooks with ${setting} in the tenants file. If they agree, nothing of ${system} was refused.`,
    pt: (system, setting) =>
      `Ou o ${system} ainda tem um endereço ou token antigo, ou alguém está tentando adivinhar. Compare os webhooks dele com ${setting} no arquivo de tenants. Se conferem, nada do ${system} foi recusado.`,
  },
})

/** What was refused of a source, in words: the same on the board, on the command line and in alerts. */
export interface RefusedWords {
  /** How many, why and when, without a final stop. */
  readonly headline: string
  /** What to do, in whole sentences. */
  readonly todo: string
}

/** How many deliveries were refused, for any reason. */
export const countRefused = ({ reasons }: Pick<RefusedDeliveries, 'reasons'>): number =>
  Object.values(reasons).reduce((sum, count) => sum + count, 0)

export function refusedWords(
  refused: RefusedDeliveries,
  { system, language, now }: { readonly system: System; readonly language: Language; readonly now: number },
): RefusedWords {
  const words = texts[language]
  const name = systemNames[system]
  const { reasons, last } = refused
  const found = refusalReasons.filter(reason => reasons[reason] !== undefined)
  const why = found
    .map(reason => (found.length === 1 ? '' : `${reasons[reason]} × `) + words.reasons[reason])
    .join(', ')
  const span = formatDuration(Math.max(0, now - last), language)
  const setting = `\`webhookTokens.${systemTable[system].section}\``
  const isToken = found.some(reason => reason === 'no-token' || reason === 'wrong-token')
  return {
    headline: `${words.headline(countRefused(refused), name)} (${why} · ${words.last(span)})`,
    todo: [
      ...(isToken ? [words.token(name, setting)] : []),
      ...(found.includes('too-large') ? [textIn(ingressFailures.BODY_TOO_LARGE.solution, language)] : []),
      ...(found.includes('wrong-type') ? [textIn(ingressFailures.BODY_TYPE_UNSUPPORTED.solution, language)] : []),
    ].join(' '),
  }
}
