import { DAY_MS, isRecord, readCrmTime } from '@ponte/contracts'
import { isClient, outcomeOfStatus, statusFor } from '@ponte/mappers'
import type { Rehearsal } from '../context.ts'
import { nothingCame, refusalIn, StoppedError } from '../stops.ts'
import { eventOf, failureOf, openOpportunity } from './see-mark.ts'
import { filterOf } from '@ponte/clients'

/** In reais. */
const SALE = 0.01

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined

const statusOf = (status: unknown): string => (typeof status === 'string' ? status : typeof status)

/** The first opportunity is won. Its contact is no opportunity at that time, so that its sale shows whether that matters. */
export async function win(run: Rehearsal): Promise<void> {
  const { rd, state, report, tenant } = run
  const { statusMap } = tenant.settings.totvsCrm
  const [opportunity = await openOpportunity(run)] = state.opportunities
  if (state.contact === undefined) throw nothingCame('contact')
  const { contact } = state
  if ((await run.callFunnel(() => rd.unmarkOpportunity(contact))) === undefined)
    report.skip('funnel-calls-used', 'rd-sale-without-opportunity')

  const asOpen = await run.readRecord('opportunity', opportunity)
  const before = statusOf(asOpen?.['status'])
  const status = run.win === 'api' ? await winByApi(opportunity, run) : await winByHand(opportunity, before, run)
  await report.answer('crm-won', status === 'WON', { status })
  if (outcomeOfStatus(status, statusMap) !== 'won') throw new StoppedError({ kind: 'fact', fact: 'crm-won' })
  await judgeChange(opportunity, asOpen?.['updatedAt'], run)

  const fact = 'rd-sale-without-opportunity'
  const code = failureOf(await eventOf(run, opportunity, 'opportunity.won'), fact)
  if (code !== undefined) return await report.answer(fact, false, { code })
  const funnel = await run.readFunnel(isClient)
  if (funnel === undefined) report.skip('funnel-calls-used', fact)
  else await report.answer(fact, isClient(funnel), { opportunity: funnel.opportunity })
}

/** By the API; the status that the opportunity has then. */
async function winByApi(opportunity: string, run: Rehearsal): Promise<string> {
  const { crm, report, tenant } = run
  const { statusMap } = tenant.settings.totvsCrm
  const status = statusFor('won', statusMap)
  try {
    await crm.updateOpportunity(opportunity, { status, totalValue: SALE })
  } catch (error) {
    await report.require('crm-won', false, { status, refused: refusalIn(error).context['status'] ?? null })
  }
  const shown = await run.ask(async () => {
    const found = statusOf((await run.readRecord('opportunity', opportunity))?.['status'])
    return outcomeOfStatus(found, statusMap) === 'won' ? found : undefined
  })
  if (shown === undefined) throw nothingCame('record')
  return shown
}

/** A person wins it at the CRM's screen. */
async function winByHand(opportunity: string, before: string, run: Rehearsal): Promise<string> {
  const { session, patience } = run
  const record = await run.readRecord('opportunity', opportunity)
  session.notice(session.texts.rehearse.winByHand(textOf(record?.['code']) ?? opportunity, run.name))
  const status = await run.ask(
    async () => {
      const found = statusOf((await run.readRecord('opportunity', opportunity))?.['status'])
      return found === before ? undefined : found
    },
    { forMs: patience.byHandMs, pause: patience.byHandPause },
  )
  if (status === undefined) throw nothingCame('person')
  return status
}

/** An opportunity has been won: its time of change must have moved, and the list of what has changed must have it. */
async function judgeChange(opportunity: string, before: unknown, run: Rehearsal): Promise<void> {
  const { report } = run
  const after = (await run.readRecord('opportunity', opportunity))?.['updatedAt']
  const [from, to] = [readCrmTime(before), readCrmTime(after)]
  const hasMoved = typeof from === 'object' && typeof to === 'object' && to.at > from.at
  await report.answer('crm-updated-at', hasMoved, { type: typeof after })
  if (typeof to === 'object') await judgeFilter(opportunity, to.at, run)
}

/** As a reconciliation asks: from a day earlier, because of zones. A time that is still to come must find nothing. */
async function judgeFilter(opportunity: string, changedAt: number, run: Rehearsal): Promise<void> {
  const { crm, report } = run
  const others = await countAfter(new Date(Date.now() + 2 * DAY_MS), run)
  if (others !== 0) {
    await report.answer('crm-filter-updated-at', false, { notMatching: others })
    return
  }
  const { items } = await crm.listOpportunities({ changedSince: new Date(changedAt - DAY_MS) })
  const isFound = items.some(({ id }) => id === opportunity)
  await report.answer('crm-filter-updated-at', isFound, { notMatching: others, listed: items.length })
}

/** How many a page has of those that changed after a time. Null when TOTVS CRM refuses the filter. */
async function countAfter(time: Date, { crm, tenant }: Rehearsal): Promise<number | null> {
  const filter = filterOf({ field: 'updatedAt', op: 'ge', value: time.toISOString() })
  try {
    const { opportunity } = tenant.settings.totvsCrm.resources
    const items = await crm.pageOf(opportunity, { number: 1, size: 10, ...(filter !== undefined && { filter }) })
    return items.filter(isRecord).length
  } catch (error) {
    refusalIn(error)
    return null
  }
}
