import { type JobData, message, type Message, requireIdentities } from '@ponte/contracts'
import { applyFilters, leadWritingOf, whyNotSent } from '@ponte/mappers'
import { causeOf, planRegistration, toCausedEvent } from '@ponte/registration'
import { type Change, type LeadHistory, personLocks } from '@ponte/state'
import { type CompletedLead, completeLead } from '../lead/complete-lead.ts'
import { followRoute } from '../lead/routing.ts'
import { findOrCreateLead, updateLead } from '../lead/find-or-create-lead.ts'
import { openOpportunity } from '../lead/open-opportunity.ts'
import { createRuleReport, type LockedLead, type Person, recordRuleUse } from '../lead/registration.ts'
import type { JobContext, JobResult, Processor } from '../run/job-context.ts'

/**
 * A lead of RD Station becomes, or updates, one lead in TOTVS CRM with one open opportunity. See docs/behaviour/leads.md. The steps at
 * Redis: take the person's locks, take the lead's, record what is about to be written, record what was done.
 */
export const leadRegistered: Processor<'lead.registered'> = (delivered, context) => {
  /** Kept, because a conflict makes `run` begin anew. */
  let completed: Promise<CompletedLead> | undefined
  return {
    async run() {
      for (const note of delivered.lead.messages ?? []) context.note(note)
      completed ??= completeLead(delivered, context)
      const { data, messages } = await completed
      const result = withSummary(await register(data, context), messages)
      if (delivered.import !== undefined)
        await context.imports.remember(delivered.key, requireIdentities(delivered.lead))
      return result
    },
  }
}

async function register(data: JobData<'lead.registered'>, context: JobContext): Promise<JobResult> {
  const { lead } = data
  const identities = requireIdentities(lead)
  const { contactMarks, leads, links } = context
  const [marksOfContact, linked, unfinishedCreation] = [
    contactMarks.readingOf(lead),
    links.leadsOf(identities),
    leads.leadCreationOf(identities),
  ]
  const valueOf = await context.lock(personLocks(identities, context.fingerprint), {
    changes: links.rememberingDelivered(lead),
    readings: [marksOfContact, linked, unfinishedCreation],
  })
  const { settings } = context.tenant
  const report = createRuleReport(context)
  const filtered = applyFilters(settings.filters, data)
  report.filtered(filtered)
  await recordRuleUse(data, filtered, context)
  if (!filtered.isSent) return { outcome: 'skipped', summary: [...report.end(), whyNotSent(filtered)] }
  const person: Person = {
    data,
    identities,
    report,
    linked: valueOf(linked),
    unfinishedCreationAt: valueOf(unfinishedCreation),
    ...toCausedEvent(data.key, causeOf(data, valueOf(marksOfContact), context.mode().packageUntil), at =>
      leads.conversionOf(lead, at),
    ),
    writing: leadWritingOf(data, settings),
  }
  const locked = await findOrCreateLead(person, context)
  const result = locked === undefined ? ownMarkWithoutLead : await bringUpToDate(person, locked, context)
  return withSummary(result, report.end())
}

function withSummary(result: JobResult, more: readonly Message[]): JobResult {
  if (more.length === 0) return result
  if (result.outcome === 'done') return { ...result, summary: [result.summary, more].flat() }
  const { summary } = result
  return { ...result, summary: 'key' in summary ? [...more, summary] : [...more, ...summary] }
}

const ownMarkWithoutLead: JobResult = { outcome: 'skipped', summary: message('own-mark-without-lead') }

/** Under the locks of the person and the lead. The last step releases them. */
async function bringUpToDate(person: Person, locked: LockedLead, context: JobContext): Promise<JobResult> {
  const { key, cause, conversion, identities } = person
  const { lead, import: imported } = person.data
  const { lead: crmLead, found, isStale, recordedOpening, served, unrecorded } = locked
  const { history, createdFromConversionAt } = locked
  const { leads, figures } = context
  if (found === undefined) figures.done.lead('created')

  const plan = planRegistration({
    ...{ leadId: crmLead.id, key, cause, conversion, history, createdFromConversionAt },
    opensNone: imported?.opensOpportunity === false,
  })
  if (plan.kind === 'skip') {
    await context.recordAndRelease(unrecorded)
    return { outcome: 'skipped', summary: plan.summary }
  }
  // A route that cannot be followed fails the event here, before an existing lead is written.
  const routing = locked.routing ?? (plan.opensOpportunity ? await followRoute(person, context) : undefined)
  if (recordedOpening === undefined) {
    const forgetting = createdFromConversionAt === undefined ? [] : leads.forgettingLeadCreation(identities)
    await context.underLocks({ changes: [...unrecorded, leads.writingOf(crmLead.id, plan.current), ...forgetting] })
    // An earlier run, of this event or another, created the lead, and its answer was lost. Whoever begins the lead's history counts that.
    const isBegun = history.convertedAt !== undefined || history.shownAt !== undefined
    if (found !== undefined && createdFromConversionAt !== undefined && !isBegun) figures.done.lead('created')
  }
  const saved =
    found === undefined
      ? message('lead-created', { lead: crmLead.id })
      : await updateLead(person, { found, isStale, plan }, context)
  if (lead.email === undefined) context.note(message('lead-without-email'))
  const opening =
    plan.opensOpportunity && routing !== undefined
      ? await openOpportunity(
          {
            person,
            routing,
            crmLead,
            isNewLead: found === undefined,
            recordedOpening,
            history: plan.current,
            served,
          },
          context,
        )
      : undefined
  // Of an event that opens nothing: the one that was opened for the same conversion.
  const opened = opening?.lastOpened ?? (plan.repeats === history.lastOpened?.key ? history.lastOpened : undefined)
  await context.recordAndRelease(
    opening === undefined ? [] : [...opening.changes, ...recordingOf(person, opened, context)],
  )
  if (opening?.isNew) figures.done.opportunity()
  // An import says who is in RD Station, and not that anybody has just converted.
  if (cause.kind === 'conversion' && imported === undefined && plan.repeats === undefined)
    figures.atEnd.conversion({ source: lead.trafficSource, identifier: lead.conversionIdentifier })
  return {
    outcome: 'done',
    summary: [saved, opening?.summary ?? plan.whyNone],
    ...(opened && { opportunityId: opened.id }),
  }
}

/** What an event that may open an opportunity leaves for the marks. */
const recordingOf = (
  { cause, data: { lead } }: Person,
  opened: LeadHistory['lastOpened'],
  { contactMarks, marks }: JobContext,
): readonly Change[] => [
  ...(cause.kind === 'mark' && !cause.isOurs ? contactMarks.rememberingOther(lead, cause.at) : []),
  ...(opened === undefined || lead.uuid === undefined ? [] : [marks.addingOpportunityOf(lead.uuid, opened.id)]),
]
