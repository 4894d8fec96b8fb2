import type { Texts } from '../language.ts'
import type { System } from '../system.ts'

/**
 * Everything Ponte knows about one failure. Code that reacts to a failure reads its class (failure.ts) and this row, and never compares
 * codes. `en` and `pt` say what happened. `pt` follows `CODE: ` in the field `statusRD`, so it starts in lower case and has no final stop.
 */
export interface FailureRow extends Texts {
  /** What to do about it, in one line: for the command line and the tables of the operating manual. */
  readonly solution: Texts
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
  /** How the ingress answers when this failure occurs. */
  readonly refusal?: Refusal
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

/** An HTTP answer of the ingress other than 202. */
export interface Refusal {
  readonly status: number
  /** What the sender should do. */
  readonly advice: Texts
}
