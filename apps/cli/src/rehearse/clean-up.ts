import { filterOf } from '@ponte/clients'
import type { Rehearsal } from './context.ts'
import { findLeads } from './steps/bring-lead.ts'

/** A record that the rehearsal made. */
export interface MadeRecord {
  readonly system: 'rd-station' | 'totvs-crm'
  readonly kind: 'contact' | 'lead' | 'opportunity'
  readonly id: string
}

export interface CleanUp {
  readonly removed: readonly MadeRecord[]
  /** What a person has to remove. */
  readonly left: readonly MadeRecord[]
}

/**
 * Removes what the rehearsal made, as far as the systems allow, whatever state the run was cut off in. Never rejects: what could not be
 * removed is named.
 */
export async function cleanUp(run: Rehearsal): Promise<CleanUp> {
  const { rd, crm, events, email, unknownEmail } = run
  const removed: MadeRecord[] = []
  const left: MadeRecord[] = []
  const remove = async (record: MadeRecord, work: () => Promise<unknown>): Promise<void> => {
    const isGone = await work().then(
      () => true,
      () => false,
    )
    const isNew = ![...removed, ...left].some(({ id }) => id === record.id)
    if (isNew) (isGone ? removed : left).push(record)
  }

  const emails = [email, unknownEmail]
  const removeJobs = () => events.removeJobs({ opportunities: run.state.opportunities, emails }).catch(() => undefined)
  for (const address of emails) {
    const found = await rd.findContact({ email: address }).catch(() => undefined)
    const uuid = found?.uuid ?? (address === email ? run.state.contact : undefined)
    if (uuid !== undefined)
      await remove({ system: 'rd-station', kind: 'contact', id: uuid }, () => rd.removeContact(uuid))
  }
  // What still waits would make a lead anew.
  await removeJobs()
  const found = await Promise.all(emails.map(address => findLeads(run, address).catch(() => [])))
  const leads = new Set([
    ...(run.state.lead === undefined ? [] : [run.state.lead]),
    ...found.flat().map(({ id }) => id),
  ])
  const opened = await Promise.all([...leads].map(lead => opportunitiesOf(lead, run).catch(() => [])))
  for (const id of new Set([...run.state.opportunities, ...opened.flat()]))
    await remove({ system: 'totvs-crm', kind: 'opportunity', id }, () => crm.remove('opportunity', id))
  for (const id of leads) await remove({ system: 'totvs-crm', kind: 'lead', id }, () => crm.remove('lead', id))
  await removeJobs()
  return { removed, left }
}

async function opportunitiesOf(lead: string, { crm }: Rehearsal): Promise<readonly string[]> {
  const filter = filterOf({ field: 'leadId', op: 'eq', value: lead })
  const found = filter === undefined ? [] : await crm.findOpportunities(filter)
  return found.filter(({ leadId }) => leadId === lead).map(({ id }) => id)
}
