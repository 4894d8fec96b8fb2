import {
  type CrmLead,
  type JobData,
  type LastMark,
  type MarkEventName,
  message,
  type Message,
  type OpportunityOutcome,
  PermanentFailure,
  type RdFunnel,
} from '@ponte/contracts'
import {
  contactNamesOf,
  isClient,
  marksDue,
  nobodyToMark,
  outcomeOfStatus,
  toLoss,
  toSale,
  unknownStatus,
} from '@ponte/mappers'
import { createTenantMode } from '@ponte/state'
import { previewedInShort, previewLead } from '@ponte/registration'
import { nextReading } from '../mark/plan/plan-run.ts'
import type { JobContext, Processor } from '../run/job-context.ts'
import { JobDelayed } from '../calls/job-delayed.ts'
import { completeLead } from '../lead/complete-lead.ts'

type Data = JobData<'opportunity.updated'>
type ShadowContext = Pick<JobContext, 'crm' | 'rd' | 'redis' | 'tenant'>

/**
 * Which marks an opportunity would get: reads both systems as a live run does, and writes nothing. What the package has told shows the
 * contact's funnel, because Ponte has recorded nothing.
 */
export const shadowMark =
  (event: MarkEventName): Processor<MarkEventName> =>
  (data, context) => ({
    run: async () => ({
      outcome: 'done',
      summary: [message('in-shadow'), ...(await marksOf(data, event, context))],
    }),
  })

async function marksOf(data: Data, event: MarkEventName, context: ShadowContext): Promise<readonly Message[]> {
  const { crm, tenant } = context
  const { totvsCrm, rdStation } = tenant.settings
  const opportunity = await crm.getOpportunity(data.contextUrl, data.opportunityId)
  const outcome = opportunity && outcomeOfStatus(opportunity.status, totvsCrm.statusMap)
  const { receivedAt } = data
  const waitMs = nextReading({ event, outcome: opportunity ? outcome : 'none', receivedAt, now: Date.now() })
  if (waitMs !== undefined) throw new JobDelayed(message('record-behind-event'), waitMs)
  if (opportunity === undefined) throw new PermanentFailure('CRM_OPPORTUNITY_NOT_FOUND')
  if (outcome === undefined) throw unknownStatus(opportunity.status)
  if (opportunity.leadId === undefined) return [message('mark-without-lead')]
  const lead = await crm.getLead(opportunity.leadId)
  if (lead === undefined) throw new PermanentFailure('CRM_LEAD_NOT_FOUND')
  const contact = await findContact(lead, context)
  if ('skipped' in contact) return [contact.skipped]
  const marked = lastMarkIn(contact.funnel, outcome)
  const marks = marksDue(outcome, marked)
  if (marks.length === 0) return [message('mark-up-to-date', { state: marked })]
  const { notes } = marks.includes('sale')
    ? toSale(opportunity, contact.email, rdStation)
    : marks.includes('loss')
      ? toLoss(opportunity, contact.email)
      : { notes: [] }
  return [message('shadow-marks', { marks }), ...notes]
}

async function findContact(
  lead: CrmLead,
  { rd, redis, tenant }: ShadowContext,
): Promise<{ readonly email: string; readonly funnel: RdFunnel | undefined } | { readonly skipped: Message }> {
  const names = contactNamesOf(lead)
  for (const name of names) {
    const contact = await rd.findContact(name)
    if (contact === undefined) continue
    const email = contact.email ?? ('email' in name ? name.email : undefined)
    if (email === undefined) return { skipped: message('contact-has-no-email') }
    if (!(await createTenantMode(redis, tenant.name).takeFunnelRead(contact.uuid)))
      return { skipped: message('shadow-funnel-limit') }
    return { email, funnel: await rd.findFunnel({ uuid: contact.uuid }) }
  }
  const skipped = nobodyToMark(lead, tenant.settings)
  if (skipped === undefined) throw new PermanentFailure('RD_CONTACT_NOT_FOUND')
  return { skipped }
}

/**
 * What the contact's funnel shows. It has one state for all opportunities of the contact, and none for a loss: whoever is no opportunity
 * counts as lost.
 */
function lastMarkIn(funnel: RdFunnel | undefined, outcome: OpportunityOutcome): LastMark {
  if (funnel === undefined) return 'none'
  if (funnel.opportunity) return 'open'
  if (outcome === 'lost') return 'lost'
  return isClient(funnel) ? 'won' : 'none'
}

/**
 * What a lead would become in TOTVS CRM: reads as a live run does, and writes nothing. Nothing is recorded of the person either, so the
 * lead counts as one that Ponte has never seen. Marks of the contact are the package's.
 */
export const shadowLead: Processor<'lead.registered'> = (delivered, context) => ({
  async run() {
    for (const note of delivered.lead.messages ?? []) context.note(note)
    const { data, messages } = await completeLead(delivered, context)
    const preview = await previewLead(data, {
      settings: context.tenant.settings,
      openCrm: () => context.crm,
      packageUntil: Infinity,
      retriesLater: true,
    })
    return { outcome: 'done', summary: [message('in-shadow'), ...previewedInShort(preview), ...messages] }
  },
})
