import { readStatusRd, type StatusRdReading } from '@ponte/mappers'
import { retryInFull, type Tenant } from '@ponte/runtime'
import type { MarkHistory } from '@ponte/state'
import type { JobContext } from '../run/job-context.ts'
import type { Attempt } from './status-rd-loop.ts'

/**
 * What the field `statusRD` tells of the people in TOTVS CRM, and how often Ponte writes there. The CRM answers each write with a
 * webhook, and what it then shows need not be what was written: so a text of Ponte's has to be read there before an empty field
 * means that a person emptied it, a request counts once, and writes are counted.
 */
type StatusRd = NonNullable<MarkHistory['statusRd']>

/** A person wrote `REENVIAR` into the field, or emptied it. */
export function humanActionIn(reading: StatusRdReading, history: MarkHistory): Attempt['humanAction'] {
  if (isNewRequest(reading, history)) return 'request'
  const { written, seen } = history.statusRd ?? {}
  return reading === 'empty' && written === true && seen === true ? 'change' : undefined
}

/** A request that stays where it is, because no write of Ponte's replaces it, counts once. */
export const isNewRequest = (reading: StatusRdReading, { statusRd }: MarkHistory): boolean =>
  reading === 'request' && statusRd?.followed !== true

/** What the field is to say from now on. What a person changed or asked for is followed with this. */
export function wantedStatusRd(
  text: string,
  { statusRd: before }: MarkHistory,
  { basis, humanAction }: Pick<Attempt, 'basis' | 'humanAction'>,
): StatusRd {
  const hasChanged = basis !== '' && before?.fingerprint !== undefined && before.fingerprint !== basis
  return {
    ...before,
    text,
    written: false,
    seen: false,
    writes: humanAction !== undefined || hasChanged ? 0 : (before?.writes ?? 0),
    ...(basis !== '' && { fingerprint: basis }),
    ...(humanAction === 'request' && { followed: true }),
  }
}

/**
 * How often the field may be written to until a person changes something, whatever the CRM answers: once a round, once after a
 * success, and once more because an answer was lost. A round leaves the later ones their own.
 */
export function maxWrites({ failing }: MarkHistory, { settings }: Tenant): number {
  const { rounds } = settings.statusRd
  return failing === undefined ? rounds + 2 : Math.min(failing.round, rounds) + 1
}

/** Keeps what the field shows. Returns the history with it; writes only what is new. */
export async function noteReading(
  { opportunityId, history, text }: { opportunityId: string; history: MarkHistory; text: string | undefined },
  context: JobContext,
): Promise<MarkHistory> {
  const { statusRd } = history
  if (statusRd === undefined) return history
  const reading = readStatusRd(text)
  const noted = {
    ...statusRd,
    ...(reading === 'own' && { seen: true, unreadable: undefined }),
    ...(reading === 'own' && text === statusRd.text && { shown: text }),
    ...((reading === 'own' || reading === 'other' || reading === 'empty') && { followed: undefined }),
  }
  if (JSON.stringify(noted) === JSON.stringify(statusRd)) return history
  const next = { ...history, statusRd: noted }
  await context.marks.write(opportunityId, next)
  if (reading === 'own') await endUnreadable(statusRd, context)
  return next
}

/** The field shows what Ponte writes: the job that had failed because it did not runs once more, says so and is done. */
async function endUnreadable(
  { unreadable, seen }: StatusRd,
  { jobId, queues, statusField }: JobContext,
): Promise<void> {
  if (seen !== true) await statusField.forget()
  if (unreadable === undefined || unreadable.jobId === jobId) return
  const job = await queues['totvs-crm'].getJob(unreadable.jobId)
  if (job !== undefined) await retryInFull(job)
}
