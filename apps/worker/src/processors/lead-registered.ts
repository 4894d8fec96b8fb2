import { message, requireIdentities } from '@ponte/contracts'
import { causeOf, planRegistration } from '@ponte/registration'
import { personLocks } from '@ponte/state'
import { lockedForLead } from '../lead/lock-lead.ts'
import { openOpportunity } from '../lead/open-opportunity.ts'
import type { LockedLead, Person } from '../lead/registration.ts'
import { updateLead } from '../lead/update-lead.ts'
import type { JobContext, JobResult } from '../run/job-context.ts'
import type { Processor } from './processor.ts'

/**
 * A lead of RD Station becomes, or updates, one lead in TOTVS CRM with one open opportunity. See docs/behaviour.md#leads. Each stop at
 * Redis is one step: it takes the person's locks, then the lead's, records what is about to be written, and at last what was done.
 */
export const leadRegistered: Processor<'lead.registered'> = (data, context) => ({
  async run() {
    const { lead } = data
    for (const note of [...lead.notes, ...(lead.messages ?? [])]) context.note(note)
    const identities = requireIdentities(lead)
    const { contactMarks, leads, links } = context
    const [marks, linked, creation] = [
      contactMarks.readingOf(lead),
      links.leadsOf(identities),
      leads.creationOf(identities),
    ]
    return await context.locked(
      personLocks(identities, context.fingerprint),
      async valueOf => {
        const cause = causeOf(data, valueOf(marks))
        const person = { data, identities, cause, linked: valueOf(linked), creation: valueOf(creation) }
        const result = await lockedForLead(person, context, locked => bringUpToDate(person, locked, context))
        return result ?? { outcome: 'skipped', summary: message('own-mark-without-lead') }
      },
      { changes: links.rememberingDelivered(lead), readings: [marks, linked, creation] },
    )
  },
})

/** Under the locks of the person and the lead. The last step releases them. */
async function bringUpToDate(person: Person, locked: LockedLead, context: JobContext): Promise<JobResult> {
  const { cause, identities } = person
  const { key, lead, receivedAt } = person.data
  const { lead: crmLead, found, isStale, opensAtOnce, history, creation, start, unrecorded } = locked
  const { leads, contactMarks, contactOpportunities } = context

  const plan = planRegistration({ leadId: crmLead.id, key, cause, history, creation })
  if (plan.kind === 'skip') {
    await context.finish(unrecorded)
    return { outcome: 'skipped', summary: plan.summary }
  }
  if (!opensAtOnce) {
    const forgetting = creation === undefined ? [] : leads.forgettingCreation(identities)
    await context.underLocks({ changes: [...unrecorded, leads.writingOf(crmLead.id, plan.current), ...forgetting] })
  }
  const saved =
    found === undefined
      ? message('lead-created', { lead: crmLead.id })
      : plan.write === 'keep'
        ? message('lead-kept', { lead: crmLead.id })
        : await updateLead(person.data, { found, isStale, before: plan.before }, context)
  if (lead.email === undefined) context.note(message('lead-without-email'))
  if (!plan.opensOpportunity) {
    await context.finish([])
    return { outcome: 'done', summary: [saved, message('own-mark')] }
  }

  const { summary, changes, opened } = await openOpportunity(
    { key, lead, receivedAt, crmLead, opensAtOnce, history: plan.current, start, cause: cause.kind },
    context,
  )
  await context.finish([
    ...changes,
    ...(cause.kind === 'mark' && !cause.isOurs ? contactMarks.rememberingOther(lead, cause.at) : []),
    ...(opened === undefined || lead.uuid === undefined
      ? []
      : [contactOpportunities.rememberingOf(lead.uuid, opened.id)]),
  ])
  return {
    outcome: 'done',
    summary: [saved, summary],
    ...(opened && { opportunityId: opened.id }),
  }
}
