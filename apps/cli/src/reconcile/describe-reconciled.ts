import { formatMoment } from '@ponte/runtime'
import type { ContactsResult, OpportunitiesResult, Reconciled } from '@ponte/operations'
import { explainFailure } from '../failures/explain-failure.ts'
import type { Session } from '../session.ts'

type Words = Pick<Session, 'texts' | 'language' | 'paint'>

/** What a person reads of one tenant. */
export function describeReconciled(
  tenant: string,
  { since, opportunities, contacts }: Reconciled,
  { isDryRun, session, timeZone }: { readonly isDryRun: boolean; readonly session: Words; readonly timeZone: string },
): readonly string[] {
  const { texts, language, paint } = session
  const words = texts.reconcile
  const time = formatMoment(since, language, timeZone)
  const linesOf = (heading: string, result: OpportunitiesResult | ContactsResult): readonly string[] => [
    `  ${heading}`,
    ...directionLines(result, isDryRun, session).map(line => `    ${line}`),
  ]
  return [
    paint('heading', words.title(tenant, time)),
    ...linesOf(words.opportunities, opportunities),
    ...(contacts === undefined
      ? [`  ${words.contacts}`, `    ${words.noSegmentation}`]
      : linesOf(words.contacts, contacts)),
  ]
}

function directionLines(
  result: OpportunitiesResult | ContactsResult,
  isDryRun: boolean,
  session: Words,
): readonly string[] {
  const words = session.texts.reconcile
  if ('notAsked' in result) return explainFailure(result.notAsked, session).lines
  if ('tooMany' in result) return [words.tooMany(result.tooMany)]
  if ('unreadable' in result) {
    const { unreadable, code } = result
    return [words.unknown(`${words.unreadable[unreadable]}${code === undefined ? '' : ` (${code})`}`)]
  }
  const { read, missing, sent } = result
  const [unread, unmatched] = ['unread' in result ? result.unread : 0, 'unmatched' in result ? result.unmatched : 0]
  const quarantined = 'quarantined' in result ? result.quarantined : 0
  const lines = [
    ...(quarantined > 0 ? [words.quarantined(quarantined)] : []),
    ...(unmatched > 0 ? [words.unmatched(unmatched)] : []),
    ...(unread > quarantined ? [words.unread(unread - quarantined)] : []),
    ...('quarantined' in result && unread > quarantined && !isDryRun ? [words.notKept] : []),
    ...('trust' in result && result.trust === 'whole-list' ? [words.wholeList] : []),
  ]
  if (missing > 0) return [words.missing(missing, read), isDryRun ? words.dry : words.sent(sent), ...lines]
  return [unread + unmatched > 0 ? words.nothingElse(read) : words.nothing(read), ...lines]
}
