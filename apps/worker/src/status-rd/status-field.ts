import { readStatusRd, type StatusRdReading } from '@ponte/mappers'
import type { MarkHistory } from '@ponte/state'

/**
 * What the field `statusRD` shows that a person did, and how often Ponte may write it. TOTVS CRM answers each write with a
 * webhook, and what it then shows can differ from what was written. So an empty field means that a person emptied it only after a
 * text of Ponte's was read there, a request counts once, and writes are counted. See docs/behaviour.md#own-writes.
 */
type StatusRd = NonNullable<MarkHistory['statusRd']>

/** What a person did: asked for another try in `statusRD`, or changed or retried something. */
export type HumanAction = 'request' | 'change'

/** A person wrote `REENVIAR` into the field, or emptied it. */
export function humanActionIn(reading: StatusRdReading, history: MarkHistory): HumanAction | undefined {
  if (isNewRequest(reading, history)) return 'request'
  const { written, seen } = history.statusRd ?? {}
  return reading === 'empty' && written === true && seen === true ? 'change' : undefined
}

/** A request that stays in the field, because no write of Ponte's replaces it, counts once. */
export const isNewRequest = (reading: StatusRdReading, { statusRd }: MarkHistory): boolean =>
  reading === 'request' && statusRd?.followed !== true

/** What the field is to say from now on, after an attempt that a person's action may have started. */
export function wantedStatusRd(
  text: string,
  { statusRd: before }: MarkHistory,
  { fingerprint, humanAction }: { readonly fingerprint: string; readonly humanAction: HumanAction | undefined },
): StatusRd {
  const hasChanged = fingerprint !== '' && before?.fingerprint !== undefined && before.fingerprint !== fingerprint
  return {
    ...before,
    text,
    written: false,
    seen: false,
    writes: humanAction !== undefined || hasChanged ? 0 : (before?.writes ?? 0),
    ...(fingerprint !== '' && { fingerprint }),
    ...(humanAction === 'request' && { followed: true }),
  }
}

/**
 * How often the field may be written until a person changes something, whatever TOTVS CRM answers: once a round, once after a
 * success, and once more because an answer was lost. An early round leaves the writes of the later ones unused.
 */
export const maxWrites = ({ failing }: MarkHistory, rounds: number): number =>
  failing === undefined ? rounds + 2 : Math.min(failing.round, rounds) + 1

/** The history with what the field shows. */
export function noteReading(history: MarkHistory, text: string | undefined): MarkHistory {
  const { statusRd } = history
  if (statusRd === undefined) return history
  const reading = readStatusRd(text)
  return {
    ...history,
    statusRd: {
      ...statusRd,
      ...(reading === 'own' && { seen: true, unreadable: undefined }),
      ...(reading === 'own' && text === statusRd.text && { shown: text }),
      ...((reading === 'own' || reading === 'other' || reading === 'empty') && { followed: undefined }),
    },
  }
}
