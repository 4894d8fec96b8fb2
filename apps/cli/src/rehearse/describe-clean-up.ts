import type { Session } from '../session.ts'
import type { CleanUp, LeftRecord } from './clean-up.ts'

const systemNames = { 'rd-station': 'RD Station', 'totvs-crm': 'TOTVS CRM' } as const

/** What was removed and what is left, for a person. Empty when there was nothing. */
export function describeCleanUp({ removed, left }: CleanUp, { texts, paint }: Session): readonly string[] {
  const words = texts.rehearse
  const named = ({ system, kind, id }: LeftRecord): string =>
    `  ${systemNames[system]}: ${words.kinds[kind]} ${id ?? words.couldNotLook}`
  return [
    ...(removed.length === 0 ? [] : [words.removed, ...removed.map(named)]),
    ...(left.length === 0 ? [] : [paint('warning', words.left), ...left.map(named)]),
    ...(removed.length + left.length === 0 ? [] : [words.stays]),
  ]
}
