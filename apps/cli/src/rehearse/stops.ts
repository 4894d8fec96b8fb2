import { Failure, type FailureCode, failures } from '@ponte/contracts'
import { textRows } from '@ponte/operations'
import { type FactId, isBrokenBy } from './facts.ts'

/** What each stop says; of what did not come in time, each by itself. */
export const stopRows = textRows({
  fact: {
    en: 'The run ended early because {fact} does not hold.',
    pt: 'O ensaio terminou antes porque {fact} não se confirmou.',
  },
  'event-failed': {
    en: '{event} failed as {code}: see docs/failures.md.',
    pt: '{event} falhou com {code}: veja docs/failures.pt-BR.md.',
  },
  contact: {
    en: 'RD Station took the conversion and shows no contact.',
    pt: 'O RD Station aceitou a conversão e não mostra o contato.',
  },
  'rd-webhook': {
    en: 'No webhook of RD Station came. Check its address and token, that it sends all conversions, and that the ingress can be reached from outside: ponte doctor --url.',
    pt: 'Nenhum webhook do RD Station chegou. Confira o endereço e o token, se ele envia todas as conversões e se a entrada é acessível de fora: ponte doctor --url.',
  },
  'crm-webhook': {
    en: 'No webhook of TOTVS CRM came. Check its workflows: address, token, and that the ingress can be reached from outside.',
    pt: 'Nenhum webhook do TOTVS CRM chegou. Confira os workflows: endereço, token e se a entrada é acessível de fora.',
  },
  run: {
    en: 'An event came and no worker carried it out: see ponte status.',
    pt: 'Um evento chegou e nenhum worker o executou: veja ponte status.',
  },
  effect: {
    en: "Ponte skipped the conversion. Let the tenant's filters send conversions ponte-rehearsal-*.",
    pt: 'O Ponte pulou a conversão. Deixe os filtros do tenant enviarem as conversões ponte-rehearsal-*.',
  },
  record: {
    en: 'TOTVS CRM does not show what was written.',
    pt: 'O TOTVS CRM não mostra o que foi gravado.',
  },
  person: {
    en: 'Nobody won the opportunity within an hour.',
    pt: 'Ninguém ganhou a oportunidade em uma hora.',
  },
  'contact-of-others': {
    en: 'RD Station holds a contact of somebody else under the test address ({contact}). Take an address that nobody has used.',
    pt: 'O RD Station tem um contato de outra pessoa com o endereço de teste ({contact}). Use um endereço que ninguém usou.',
  },
  interrupted: { en: 'Interrupted.', pt: 'Interrompido.' },
})

/** Why a run ended before its last step. `event-failed`: for a reason that is no fact. `nothing-came`: not in time. */
export type Stop =
  | { readonly kind: 'fact'; readonly fact: FactId }
  | { readonly kind: 'event-failed'; readonly event: string; readonly code: string }
  | {
      readonly kind: 'nothing-came'
      readonly what: 'contact' | 'rd-webhook' | 'crm-webhook' | 'run' | 'effect' | 'record' | 'person'
    }
  | { readonly kind: 'contact-of-others'; readonly contact: string }
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'failure'; readonly code: FailureCode }

/** Ends the run, which then cleans up. */
export class StoppedError extends Error {
  override readonly name = 'StoppedError'
  readonly stop: Stop
  constructor(stop: Stop) {
    super(stop.kind)
    this.stop = stop
  }
}

export const nothingCame = (what: Extract<Stop, { kind: 'nothing-came' }>['what']): StoppedError =>
  new StoppedError({ kind: 'nothing-came', what })

/** The failure of a system that refused a call. Throws every other error. */
export function refusalIn(error: unknown): Failure {
  if (error instanceof Failure && failures[error.code].breakerReason === undefined) return error
  throw error
}

/** The failure that shows that a fact does not hold. Throws every other error. */
export function breachIn(error: unknown, id: FactId): Failure {
  if (error instanceof Failure && isBrokenBy(id, error.code)) return error
  throw error
}
