import { codeOfReason } from '@ponte/contracts'
import type { Evidence } from './evidence.ts'
import { SALE_LIMIT } from '../plan/scenarios.ts'

/** Answers are as promised, nothing is left to be done, nothing failed that should not, and what was unreadable is kept. */
export const checkDeliveries = (evidence: Evidence): string[] => [
  ...checkAnswers(evidence),
  ...checkQuarantine(evidence),
  ...checkJobs(evidence),
]

/** Statuses that promise nothing: RD Station and TOTVS CRM deliver again. */
const promisesNothing = new Set<number | null>([null, 503])

function checkAnswers({ sent, webhooks }: Evidence): string[] {
  const statuses = [
    ...sent.flatMap(({ statuses }) => statuses),
    ...webhooks.flatMap(({ attempts }) => attempts.map(({ status }) => status)),
  ]
  const wrong = statuses.filter(status => status !== 202 && !promisesNothing.has(status))
  const accepted = sent.flatMap(({ answer }) => answer?.accepted ?? []).map(({ key }) => key)
  const twice = new Set(accepted.filter((key, index) => accepted.indexOf(key) !== index))
  const unlike = sent.filter(({ contents, answer }) => {
    if (answer === undefined) return false
    const events = contents.filter(({ kind }) => kind === 'conversion').length
    return (
      answer.accepted.length + answer.duplicates.length !== events ||
      answer.quarantined.length !== contents.length - events
    )
  })
  return [
    ...new Set(wrong.map(status => `a delivery was answered ${status}`)),
    ...[...twice].map(key => `the event ${key} was accepted twice`),
    ...unlike.map(({ contents, answer }) => `${JSON.stringify(contents)} was answered ${JSON.stringify(answer)}`),
  ]
}

/** What was acknowledged as unreadable is in quarantine, once, with its reason. */
function checkQuarantine({ sent, jobs }: Evidence): string[] {
  const kept = jobs.filter(({ queue }) => queue === 'quarantine').map(job => ({ ...job, text: bodyOf(job.data) }))
  const acknowledged = new Set(
    sent
      .filter(({ answer }) => answer !== undefined)
      .flatMap(({ contents }) => contents.flatMap(content => (content.kind === 'unreadable' ? content.marker : []))),
  )
  const problems = [...acknowledged].flatMap(marker => {
    const found = kept.filter(({ text }) => text.includes(marker))
    if (found.length !== 1) return [`${marker} is ${found.length} times in quarantine`]
    return found
      .filter(({ reason }) => !/^[A-Z_]+: /.test(reason))
      .map(() => `${marker} is in quarantine without a reason`)
  })
  return problems
}

/** Latin-1 keeps every byte, so that a marker is found in a body that is not UTF-8. */
function bodyOf(data: unknown): string {
  if (typeof data !== 'object' || data === null || !('body' in data) || typeof data.body !== 'string') return ''
  const isBase64 = 'encoding' in data && data.encoding === 'base64'
  return isBase64 ? Buffer.from(data.body, 'base64').toString('latin1') : data.body
}

/** All is done, and nothing failed but the sales above the limit that nobody corrected. */
function checkJobs({ jobs, opportunities, hiddenFields }: Evidence): string[] {
  const tooMuch = new Set(opportunities.filter(({ totalValue }) => (totalValue ?? 0) > SALE_LIMIT).map(({ id }) => id))
  const isProvoked = (data: unknown, reason: string): boolean =>
    typeof data === 'object' &&
    data !== null &&
    'opportunityId' in data &&
    tooMuch.has(String(data.opportunityId)) &&
    codeOfReason(reason) === 'RD_SALE_VALUE_ABOVE_LIMIT'

  // Said once of an opportunity whose text could not be read back.
  const isOfHiddenFields = (name: string, reason: string): boolean =>
    hiddenFields > 0 && name === 'status-rd.changed' && codeOfReason(reason) === 'CRM_STATUS_FIELD_UNREADABLE'

  return [
    ...jobs
      .filter(({ state }) => state === 'unfinished')
      .map(({ queue, name, data }) => `${name} is still to be done in ${queue}: ${JSON.stringify(data)}`),
    ...jobs
      .filter(({ queue, state }) => queue !== 'quarantine' && state === 'failed')
      .filter(({ name, data, reason }) => !isProvoked(data, reason) && !isOfHiddenFields(name, reason))
      .map(({ queue, name, data, reason }) => `${name} failed in ${queue}: ${reason} ${JSON.stringify(data)}`),
  ]
}
