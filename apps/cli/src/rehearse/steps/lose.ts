import { crmOpportunity, isBlank } from '@ponte/contracts'
import { outcomeOfStatus, statusFor } from '@ponte/mappers'
import type { Rehearsal } from '../context.ts'
import { countsOf } from '../fact-report.ts'
import { breachIn, nothingCame, refusalIn } from '../stops.ts'
import { convert, judgeSegmentation } from './convert.ts'
import { eventOf, echoesOf, failureOf, openOpportunity } from './see-mark.ts'

const REASON = 'Ensaio do Ponte: motivo de perda do tamanho máximo. '.padEnd(255, 'x')

const members = ['description', 'leadId', 'userId', 'pipeline', 'stage', 'opportunityType', 'createdAt', 'updatedAt']

/** Another conversion opens a second opportunity, which is marked twice, and lost with the longest reason. */
export async function lose(run: Rehearsal): Promise<void> {
  const { report } = run
  await judgeSegmentation(run)
  await convert(run)
  const opportunity = await openOpportunity(run)
  failureOf(await eventOf(run, opportunity, 'opportunity.created'))
  // One loss has to take both marks away. While the opportunity is open, the echo of the second one opens nothing.
  await markAgain(run)

  const kept = await loseInCrm(opportunity, run)
  await judgeMembers(opportunity, kept, run)
  const code = failureOf(await eventOf(run, opportunity, 'opportunity.lost'), 'rd-reason-255')
  if (code !== undefined) return await report.answer('rd-reason-255', false, { code })
  if (kept >= REASON.length) await report.answer('rd-reason-255', true, { characters: REASON.length })
  else await loseDirectly(run)

  const funnel = await run.readFunnel(each => !each.opportunity)
  if (funnel === undefined) report.skip('funnel-calls-used', 'rd-one-flag')
  else await report.answer('rd-one-flag', !funnel.opportunity, { marks: 2, losses: kept >= REASON.length ? 1 : 2 })
}

/** Measures how long after its answer RD Station lists a mark. */
async function markAgain(run: Rehearsal): Promise<void> {
  const { rd, email, state, ask, report, tenant } = run
  const { contact = '' } = state
  const marks = async () => (await rd.listContactEvents(contact, 'OPPORTUNITY')).length
  const before = await marks()
  await rd.sendMark({ type: 'OPPORTUNITY', email })
  const startedAt = performance.now()
  const withinMs = tenant.settings.retry.firstDelaySeconds * 1000
  const listed = async () => ((await marks()) > before ? true : undefined)
  // The last of these looks is when the time is up.
  const isSoon = (await ask(listed, { forMs: withinMs })) === true
  const isListed = isSoon || (await ask(listed)) === true
  const afterMs = isListed ? Math.round(performance.now() - startedAt) : null
  await report.answer('rd-events-soon', isSoon, { afterMs, withinMs })
  await untilTold(before + 1, run)
}

/** Waits until Ponte has carried out what RD Station tells of so many marks. What comes after the loss would open an opportunity. */
async function untilTold(marks: number, run: Rehearsal): Promise<void> {
  const countTold = async () =>
    [...Map.groupBy(await echoesOf(run), ({ rehearsal }) => rehearsal?.format).values()].map(({ length }) => length)
  // A format that has sent nothing so far will send nothing: it had its time after the first mark.
  const areTold = async () => ((await countTold()).every(count => count >= marks) ? true : undefined)
  await run.wait(areTold, run.patience.echoMs)
}

/** Returns how many characters of the reason the record shows: a CRM may take reasons from a list only. */
async function loseInCrm(opportunity: string, run: Rehearsal): Promise<number> {
  const { crm, tenant } = run
  const { statusMap } = tenant.settings.totvsCrm
  const status = statusFor('lost', statusMap)
  const forms = [{ lossReason: { description: REASON } }, { lossReason: REASON }, {}]
  for (const [index, reason] of forms.entries()) {
    try {
      await crm.updateOpportunity(opportunity, { status, ...reason })
      break
    } catch (error) {
      if (index === forms.length - 1) throw error
      refusalIn(error)
    }
  }
  const record = await run.ask(async () => {
    const found = await run.readRecord('opportunity', opportunity)
    const shown = found?.['status']
    return typeof shown === 'string' && outcomeOfStatus(shown, statusMap) === 'lost' ? found : undefined
  })
  if (record === undefined) throw nothingCame('record')
  return crmOpportunity.safeParse(record).data?.lossReason?.description?.length ?? 0
}

/** The reason went no further than TOTVS CRM: RD Station is told it by the rehearsal itself. */
async function loseDirectly({ rd, email, report }: Rehearsal): Promise<void> {
  try {
    await rd.sendMark({ type: 'OPPORTUNITY_LOST', email, reason: REASON })
    await report.answer('rd-reason-255', true, { characters: REASON.length })
  } catch (error) {
    await report.answer('rd-reason-255', false, { code: breachIn(error, 'rd-reason-255').code })
  }
}

async function judgeMembers(opportunity: string, reason: number, run: Rehearsal): Promise<void> {
  const { report, state } = run
  const [first = opportunity] = state.opportunities
  const [lost, won] = [await run.readRecord('opportunity', opportunity), await run.readRecord('opportunity', first)]
  const { all, missing } = membersOf({ lost, won, reason, win: run.win })
  await report.answer('crm-opportunity-members', missing.length === 0, countsOf(all, missing))
}

type CrmRecord = Readonly<Record<string, unknown>> | undefined

/** How many members both opportunities should show, and those that are missing. */
export function membersOf({
  lost,
  won,
  reason,
  win,
}: {
  lost: CrmRecord
  won: CrmRecord
  reason: number
  win: Rehearsal['win']
}): { readonly all: number; readonly missing: readonly string[] } {
  const wanted = [
    ...members.map(name => ({ name, record: lost })),
    // A person may have won it without a value.
    ...(win === 'by-hand' && isBlank(won?.['totalValue']) ? [] : [{ name: 'totalValue', record: won }]),
    ...(reason > 0 ? [{ name: 'lossReason', record: lost }] : []),
  ]
  const missing = wanted.filter(({ name, record }) => isBlank(record?.[name])).map(({ name }) => name)
  return { all: wanted.length, missing }
}
