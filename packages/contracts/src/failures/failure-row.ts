import type { System } from '../system.ts'

/** What is said of a failure in one language. `details`, `steps` and `triedAgain` are markdown, with links as in `docs`. */
export interface FailureTexts {
  /** In one line. In Portuguese it follows `CODE: ` in the field `statusRD`, so it starts in lower case and has no final stop. */
  readonly happened: string
  /** What the documents say after that line. */
  readonly details?: string
  /** What to do about it, in one line: for the command line. */
  readonly solution: string
  /** What the documents say after the solution. */
  readonly steps?: string
  /** Whether Ponte or the sender tries again. Absent: no, and nothing was accepted if the ingress answered so. */
  readonly triedAgain?: string
  /** What the ingress asks the sender to do. */
  readonly advice?: string
}

/**
 * Everything Ponte knows about one failure. Code that reacts to a failure reads its class (failure.ts) and this row, and never compares
 * codes. Board, command line, ingress, `statusRD` and documents take their texts from it.
 */
export interface FailureRow {
  readonly en: FailureTexts
  readonly pt: FailureTexts
  /** The system that the failure is about. */
  readonly system?: System
  /** What a person in the CRM reads in `statusRD` when a mark has failed permanently. */
  readonly remedy?: Remedy
  /**
   * In which trouble `system` is. A breaker that this failure opened is open for this reason; the class of the failure opens it.
   * `revoked` also decides about calls: `withCredential` renews the credential, and the answer does not prove that the system works
   * (`job-call-guard.ts`). The commands take `down` for "not reachable".
   */
  readonly breakerReason?: BreakerReason
  /** A secret of the tenants file was refused: connecting the account again does not help. */
  readonly isSecretRefused?: true
  /** How often one attempt may start the job from its first read, in all. */
  readonly maxTries?: number
  /** The call was made and may have changed something: look it up before calling again. */
  readonly isOutcomeUnknown?: true
  /** Ponte's own state failed, not the job and not another system. It comes back soon, and the attempt does not count. */
  readonly isOfPonteState?: true
  /** A delivery has a form that Ponte does not know: its sender may have changed it. */
  readonly isUnknownForm?: true
  /** Its facts have the `limit` that a value is above. */
  readonly hasLimit?: true
  /** The HTTP status with which the ingress answers when this failure occurs. */
  readonly status?: number
}

/**
 * Why a circuit breaker is open, which also says how long it stays open.
 *
 * - `down`: several calls in a row failed. One job probes after `probeSeconds`, then after longer pauses up to `maxProbeSeconds`.
 * - `throttled`: the system asked to wait, and is left alone as long as it asked.
 * - `revoked`: the system refuses Ponte's credential. Probed like `down`; another credential closes the breaker at once. Kept by
 *   `createCredentialRefusals`, and shown with the breakers.
 */
export type BreakerReason = 'down' | 'throttled' | 'revoked'

/**
 * One of the general remedies, or a sentence for this failure alone, in Portuguese. `{field}` stands for the tenant's name of `statusRD`.
 */
export type Remedy = keyof typeof remedies | { readonly pt: string }
export const remedies = {
  'correct-and-save': 'Corrija e salve a oportunidade, ou escreva REENVIAR em {field}.',
  'tell-administrator': 'Avise o administrador da integração; depois, escreva REENVIAR em {field}.',
  'retry-later': 'Mais tarde, escreva REENVIAR em {field}.',
} as const

/** Answers of several failures to whether it is tried again. */
export const triedAgain = {
  rdRepeats: {
    en: 'RD Station repeats. TOTVS CRM may not: save the opportunity again.',
    pt: 'O RD Station repete. O TOTVS CRM pode não repetir: salve a oportunidade de novo.',
  },
  senderGivesUp: {
    en: 'No. RD Station repeats for a while and then suspends the address; TOTVS CRM may not repeat at all.',
    pt: 'Não. O RD Station repete por um tempo e depois suspende o endereço; o TOTVS CRM pode nem repetir.',
  },
  asAsked: {
    en: 'Yes: calls are paused for as long as the system asked.',
    pt: 'Sim: as chamadas ficam em pausa pelo tempo que o sistema pediu.',
  },
  inRounds: { en: 'A mark, in the rounds of `statusRD`.', pt: 'Uma marcação, nas rodadas do `statusRD`.' },
  anotherValue: {
    en: 'In the rounds of `statusRD`; only another value fixes it.',
    pt: 'Nas rodadas do `statusRD`; só outro valor resolve.',
  },
} as const
