import type { Session } from '../session.ts'
import type { CleanUp, LeftRecord } from './clean-up.ts'

const systemNames = { 'rd-station': 'RD Station', 'totvs-crm': 'TOTVS CRM' } as const

export const nameOfRecord = ({ system, kind, id }: LeftRecord, { texts }: Pick<Session, 'texts'>): string =>
  `${systemNames[system]}: ${texts.rehearse.kinds[kind]} ${id ?? texts.rehearse.couldNotLook}`

/** What was removed and what is left, for a person. Empty when there was nothing. */
export function describeCleanUp(
  { removed, left, others, isEndReported }: CleanUp,
  session: Session,
): readonly string[] {
  const { texts, paint } = session
  const words = texts.rehearse
  const named = (record: LeftRecord): string => `  ${nameOfRecord(record, session)}`
  return [
    ...(removed.length === 0 ? [] : [words.removed, ...removed.map(named)]),
    ...(left.length === 0 ? [] : [paint('warning', words.left), ...left.map(named)]),
    ...(others.length === 0 ? [] : [words.others, ...others.map(named)]),
    ...(isEndReported ? [words.stays] : []),
  ]
}
