import { filterOf } from '@ponte/clients'
import type { Rehearsal } from './context.ts'
import { findLeads } from './steps/bring-lead.ts'

/** A record that the rehearsal made. */
export interface MadeRecord {
  readonly system: 'rd-station' | 'totvs-crm'
  readonly kind: 'contact' | 'lead' | 'opportunity'
  readonly id: string
}

/** What a person has to remove. Without an id: what to look for, because the system did not say whether it is there. */
export interface LeftRecord extends Omit<MadeRecord, 'id'> {
  readonly id: string | null
}

export interface CleanUp {
  readonly removed: readonly MadeRecord[]
  readonly left: readonly LeftRecord[]
}

export const nothingCleaned: CleanUp = { removed: [], left: [] }

/**
 * Ends a run for good: it is not resumed any more. If something is left, the run stays known, so that the next one of its person removes it.
 * `earlier`: what was cleaned up before this run began.
 */
export async function endRehearsal(run: Rehearsal, earlier: CleanUp = nothingCleaned): Promise<CleanUp> {
  // Redis may not answer: the records are removed all the same.
  await run.save({ isOver: true }).catch(() => undefined)
  const cleaned = mergeCleanUps(earlier, await cleanUp(run))
  if (cleaned.left.length === 0) await run.rehearsals.end().catch(() => undefined)
  return cleaned
}

const keyOf = ({ system, kind, id }: LeftRecord): string => `${system} ${kind} ${id}`

/** Both results as one. What was left at first may be removed by now. */
export function mergeCleanUps(earlier: CleanUp, later: CleanUp): CleanUp {
  const removed = new Map([...earlier.removed, ...later.removed].map(each => [keyOf(each), each]))
  const left = new Map([...earlier.left, ...later.left].map(each => [keyOf(each), each]))
  return { removed: [...removed.values()], left: [...left.values()].filter(each => !removed.has(keyOf(each))) }
}

/**
 * Removes what the rehearsal made, as far as the systems allow, whatever state the run was cut off in. Never rejects: what could not be
 * removed is named.
 */
async function cleanUp(run: Rehearsal): Promise<CleanUp> {
  const { rd, crm, events, email, unknownEmail } = run
  const removed: MadeRecord[] = []
  const left: LeftRecord[] = []
  const remove = async (record: MadeRecord, work: () => Promise<unknown>): Promise<void> => {
    const isGone = await work().then(
      () => true,
      () => false,
    )
    const isNew = ![...removed, ...left].some(({ id }) => id === record.id)
    if (isNew) (isGone ? removed : left).push(record)
  }

  const couldNotLook = (system: MadeRecord['system'], kind: MadeRecord['kind']): undefined => {
    if (!left.some(each => each.kind === kind && each.id === null)) left.push({ system, kind, id: null })
  }

  const emails = [email, unknownEmail]
  const removeJobs = () => events.removeJobs({ opportunities: run.state.opportunities, emails }).catch(() => undefined)
  for (const address of emails) {
    const known = address === email ? run.state.contact : undefined
    const uuid = await rd.findContact({ email: address }).then(
      found => found?.uuid ?? known,
      () => known ?? couldNotLook('rd-station', 'contact'),
    )
    if (uuid !== undefined)
      await remove({ system: 'rd-station', kind: 'contact', id: uuid }, () => rd.removeContact(uuid))
  }
  // What still waits would make a lead anew.
  await removeJobs()
  const found = await Promise.all(
    emails.map(address => findLeads(run, address).catch(() => couldNotLook('totvs-crm', 'lead'))),
  )
  const leads = new Set([
    ...(run.state.lead === undefined ? [] : [run.state.lead]),
    ...found.flatMap(each => each ?? []).map(({ id }) => id),
  ])
  const opened = await Promise.all(
    [...leads].map(lead => opportunitiesOf(lead, run).catch(() => couldNotLook('totvs-crm', 'opportunity'))),
  )
  for (const id of new Set([...run.state.opportunities, ...opened.flatMap(each => each ?? [])]))
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
