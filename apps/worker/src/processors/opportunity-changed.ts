import { type JobData, type MarkEventName, PermanentFailure, say } from '@ponte/contracts'
import {
  markFingerprint,
  marksDue,
  opportunityOutcomeOf,
  outcomeOfStatus,
  readCustomField,
  readStatusRd,
} from '@ponte/mappers'
import { type MarkHistory, opportunityLock } from '@ponte/state'
import type { JobContext, JobResult } from '../run/job-context.ts'
import { readDecided } from '../mark/observe/before-our-time.ts'
import { findContact } from '../mark/observe/find-contact.ts'
import { completeEarlierOpportunities, lockedForContact, restoreOthers } from '../mark/other-opportunities.ts'
import { rekeyFingerprints } from '../mark/observe/rekey-fingerprints.ts'
import { sendMarks, reconcileMark } from '../mark/apply/send-marks.ts'
import { noteReading } from '../status-rd/status-field.ts'
import {
  type Attempt,
  decideAttempt,
  recordFailedRound,
  recordRecovery,
  attemptBeforeReading,
  type Try,
  supersededRound,
} from '../status-rd/status-rd-loop.ts'
import { JobDelayed } from '../run/job-delayed.ts'
import type { Processor } from './processor.ts'

type Data = JobData<'opportunity.updated'>
type Known = Try & Pick<Attempt, 'humanAction'>

/**
 * Brings RD Station up to date with the state in which the opportunity is now, whatever the event said. Serves all events of
 * opportunities alike: what counts is the state that is read, not the trigger. SPEC §2.2, §2.3.
 */
export const opportunityChanged: Processor<MarkEventName> = (data, context) => {
  let attempt: Attempt | undefined
  const remember = (begun: Attempt): void => void (attempt = begun)
  return {
    run: () => context.locked([lockOf(data)], () => bringUpToDate(data, context, remember)),

    afterFailure: failure =>
      context.locked([lockOf(data)], async () => {
        const failed = attempt ?? attemptBeforeReading(data, await context.marks.read(data.opportunityId), context)
        if (failed !== undefined) await recordFailedRound({ data, attempt: failed, failure }, context)
      }),
  }
}

const lockOf = ({ opportunityId }: Data): string => opportunityLock(opportunityId)

async function bringUpToDate(
  data: Data,
  context: JobContext,
  remember: (attempt: Attempt) => void,
): Promise<JobResult> {
  const { crm, tenant } = context
  const { statusRd } = tenant.settings
  const { statusMap } = tenant.settings.totvsCrm
  const over = data.round && supersededRound(data, await context.marks.read(data.opportunityId), context)
  if (over !== undefined) return { outcome: 'skipped', summary: over }
  const opportunity = await crm.getOpportunity(data.contextUrl, data.opportunityId)
  if (opportunity === undefined) throw new PermanentFailure('CRM_OPPORTUNITY_NOT_FOUND')
  const untold = { opportunity, outcome: outcomeOfStatus(opportunity.status, statusMap), receivedAt: data.receivedAt }
  const { history: found, adopted } = await readDecided(untold, context)
  const lead = opportunity.leadId === undefined ? undefined : await crm.getLead(opportunity.leadId)
  const bases = markFingerprint({ opportunity, lead }, context.fingerprint.exact)
  const { basis } = bases
  const stored = rekeyFingerprints(found, bases)
  if (JSON.stringify(stored) !== JSON.stringify(found)) await context.marks.write(data.opportunityId, stored)
  const text = readCustomField(opportunity.customFields, opportunity, statusRd.field)
  const reading = readStatusRd(text)

  const permission = decideAttempt({ data, history: stored, basis, reading }, context)
  const history = await noteReading({ opportunityId: data.opportunityId, history: stored, text }, context)
  if (!permission.allowed) return { outcome: 'skipped', summary: permission.reason }
  const { series, round, humanAction } = permission
  remember({ series, round, basis, humanAction })
  // Only now: an echo of Ponte's own write of statusRD is no try that could fail.
  const outcome = opportunityOutcomeOf(opportunity, statusMap)
  const knownWith = (current: MarkHistory): Known => ({ data, history: current, basis, reading, humanAction })

  if (adopted) {
    const summary = say("from before Ponte's time: RD Station counts as told that it is {state}", {
      state: history.marked,
    })
    return await skip(summary, knownWith(history), context)
  }
  const isSettled = history.sending === undefined && history.restoring === undefined
  const dueAtFirst = marksDue(outcome, history.marked)
  if (isSettled && dueAtFirst.length === 0) {
    return await skip(nothingDue(history), knownWith(history), context)
  }
  if (opportunity.leadId === undefined)
    return await skip(say('the opportunity has no lead'), knownWith(history), context)
  if (lead === undefined) throw new PermanentFailure('CRM_LEAD_NOT_FOUND')

  const contact = await findContact(lead, context, { afresh: humanAction !== undefined })
  if ('skipped' in contact) return await skip(contact.skipped, knownWith(history), context)
  await waitUntilOldEnough({ uuid: contact.uuid, email: contact.email }, context)
  const { opportunityId, contextUrl } = data
  const subject = { opportunityId, leadId: lead.id, contextUrl, contact, receivedAt: data.receivedAt }
  await completeEarlierOpportunities({ ...subject, opening: dueAtFirst.includes('opportunity') }, context)
  return await lockedForContact(subject, context, async () => {
    const settled = await reconcileMark({ opportunityId, contact, history }, context)
    const due = marksDue(outcome, settled.marked)
    const marked = await sendMarks({ due, opportunity, contact, history: settled }, context)
    const isFresh = due.length > 0 && outcome !== 'open'
    const restored = await restoreOthers({ ...subject, history: marked, isFresh }, context)
    if (due.length === 0) return await skip(nothingDue(restored), knownWith(restored), context)
    await recordRecovery(knownWith(restored), context)
    return { outcome: 'done', summary: say('marked: {marks}', { marks: due.join(', ') }) }
  })
}

const nothingDue = ({ marked }: MarkHistory): string =>
  say('nothing to mark: RD Station was told {state}', { state: marked })

/** There is nothing to do, so that a failure of before is over as well. */
async function skip(summary: string, known: Known, context: JobContext): Promise<JobResult> {
  await recordRecovery(known, context)
  return { outcome: 'skipped', summary }
}

/** RD Station may drop the marks of a contact that it created in the last minutes. SPEC §2.2. */
async function waitUntilOldEnough(
  contact: { readonly uuid: string; readonly email: string },
  { links, tenant }: JobContext,
): Promise<void> {
  const createdAt = await links.createdAt(contact)
  if (createdAt === undefined) return
  const minAgeMs = tenant.settings.rdStation.minContactAgeSeconds * 1000
  // A clock that runs ahead must not make a contact wait longer than a new one does.
  const leftMs = Math.min(createdAt + minAgeMs - Date.now(), minAgeMs)
  if (leftMs > 0) throw new JobDelayed(say('RD Station created the contact moments ago and may drop its marks'), leftMs)
}
