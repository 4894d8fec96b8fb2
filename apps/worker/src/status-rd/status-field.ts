import { readStatusRd } from '@ponte/mappers'
import type { StatusField, StatusRecord } from '@ponte/state'
import type { HumanAction } from './decide-round.ts'

/**
 * What the field `statusRD` shows and is to say. TOTVS CRM answers each write with a webhook, and may show another text than was written. So
 * it is recorded that a text of Ponte's was read there, and writes are counted. See docs/behaviour/status-rd.md#own-writes.
 */

/** What the field is to say from now on, after a round that a person's action may have started. */
export function wantedField(
  text: string,
  { field: before }: StatusRecord,
  { fingerprint, humanAction }: { readonly fingerprint: string; readonly humanAction: HumanAction | undefined },
): StatusField {
  const hasChanged = fingerprint !== '' && before?.fingerprint !== undefined && before.fingerprint !== fingerprint
  return {
    ...before,
    text,
    state: 'wanted',
    writes: humanAction !== undefined || hasChanged ? 0 : (before?.writes ?? 0),
    ...(fingerprint !== '' && { fingerprint }),
    ...(humanAction === 'request' && { followed: true }),
  }
}

/**
 * How often the field may be written until a person changes something: once a round, once after a success, and once more because an answer
 * was lost. While a mark fails, only the rounds so far count.
 */
export const maxWrites = ({ failing }: StatusRecord, rounds: number): number =>
  failing === undefined ? rounds + 2 : Math.min(failing.round, rounds) + 1

/** The record with what the field shows. Unchanged if Ponte has never wanted a text there. */
export function withReading(status: StatusRecord, text: string | undefined): StatusRecord {
  const { field } = status
  if (field === undefined) return status
  const reading = readStatusRd(text)
  const isOwn = reading === 'own'
  return {
    ...status,
    field: {
      ...field,
      ...(isOwn && { unreadable: undefined }),
      ...(isOwn && field.state === 'taken' && { state: 'shown' }),
      ...(isOwn && text === field.text && { shown: text }),
      ...((isOwn || reading === 'other' || reading === 'empty') && { followed: undefined }),
    },
  }
}
