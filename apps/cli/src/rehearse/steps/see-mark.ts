import { readCrmTime, type RegisteredLead, isLeadEvent, type CrmEventName } from '@ponte/contracts'
import { findAllOfLead, isInProgress } from '@ponte/registration'
import { isOwnOpportunity } from '../belongings.ts'
import type { Rehearsal } from '../context.ts'
import { type FactId, isBrokenBy } from '../facts.ts'
import { breachIn, nothingCame, StoppedError } from '../stops.ts'
import { leadOf } from './convert.ts'
import type { SeenEvent } from '../ponte-events.ts'

/** The webhook as soon as it has come. */
const arrivalOf = ({ events, wait, patience }: Rehearsal, opportunity: string, name: CrmEventName) =>
  wait(async () => (await events.of(opportunity)).find(each => each.name === name), patience.markMs)

/** Waits until Ponte has carried out what TOTVS CRM told of an opportunity; it may have failed. Throws StoppedError when no such webhook came. */
export async function eventOf(run: Rehearsal, opportunity: string, name: CrmEventName): Promise<SeenEvent> {
  const { events, wait, patience } = run
  const find = async (): Promise<SeenEvent | undefined> =>
    (await events.of(opportunity)).find(each => each.name === name)
  const ended = await wait(async () => {
    const event = await find()
    return event?.end === undefined ? undefined : event
  }, patience.markMs)
  if (ended !== undefined) return ended
  throw nothingCame((await find()) === undefined ? 'crm-webhook' : 'run')
}

/**
 * The code of an event that failed, where that shows that `fact` does not hold. Throws StoppedError for any other failure; undefined where
 * the event did not fail.
 */
export function failureOf({ name, end }: SeenEvent, fact?: FactId): string | undefined {
  if (end?.outcome !== 'failed') return undefined
  const { code = 'INTERNAL_ERROR' } = end
  if (fact !== undefined && isBrokenBy(fact, code)) return code
  throw new StoppedError({ kind: 'event-failed', event: name, code })
}

/** What all webhooks of the run have in common. */
export async function judgeWebhooks({ events, state, report }: Rehearsal): Promise<void> {
  const all = (await Promise.all(state.opportunities.map(events.of))).flat().filter(({ name }) => !isLeadEvent(name))
  const unique = [...new Map(all.map(event => [event.id, event])).values()]
  if (unique.length === 0) return
  const nameless = unique.filter(({ key }) => key.startsWith('crm-once-')).length
  await report.answer('crm-event-ids', nameless === 0, { events: unique.length, nameless })
  const data = await Promise.all(unique.map(async event => ({ event, data: await events.dataOf(event) })))
  const unread = data.filter(each => each.data['triggerUnread'] === true).map(({ event }) => event.name)
  await report.answer('crm-trigger-texts', unread.length === 0, {
    events: unique.length,
    ...(unread.length > 0 && { unread: [...new Set(unread)] }),
  })
}

/** A time of another zone is whole hours away; clocks may differ a little. */
const MAX_MINUTES_OFF = 15

/** The opportunity of the first conversion, its mark in RD Station, and the echo of that mark, which must open nothing. */
export async function seeMark(run: Rehearsal): Promise<void> {
  const opportunity = await openOpportunity(run)
  await judgeCreation(opportunity, run)

  const arrived = await arrivalOf(run, opportunity, 'opportunity.created')
  if (arrived === undefined) throw nothingCame('crm-webhook')
  await judgeContextUrl(await run.events.dataOf(arrived), opportunity, run)
  failureOf(await eventOf(run, opportunity, 'opportunity.created'))
  await judgeEcho(run)
}

/** The open opportunity of the rehearsal's lead. */
export async function openOpportunity(run: Rehearsal): Promise<string> {
  const found = await run.ask(async () => (await opportunitiesOf(run)).find(({ isOpen }) => isOpen))
  if (found === undefined) throw nothingCame('record')
  await run.addOpportunity(found.id)
  return found.id
}

/** Those of the rehearsal. Somebody else may have opened one for the same lead. */
async function opportunitiesOf(run: Rehearsal) {
  const { lead } = run.state
  const found = lead === undefined ? [] : await findAllOfLead(lead, run)
  return found.filter(isOwnOpportunity(run)).map(each => ({ id: each.id, isOpen: isInProgress(each, run) }))
}

async function judgeCreation(opportunity: string, run: Rehearsal): Promise<void> {
  const { report, state } = run
  const record = await run.readRecord('opportunity', opportunity)
  const time = readCrmTime(record?.['createdAt'])
  await report.answer('crm-created-at', typeof time === 'object', { type: typeof record?.['createdAt'] })
  if (typeof time !== 'object') return
  // It was created after the run began.
  const minutesEarly = Math.round((state.startedAt - time.at) / 60_000)
  const minutesLate = Math.round((time.at - Date.now()) / 60_000)
  const minutesOff = Math.max(minutesEarly, minutesLate, 0)
  await report.answer('crm-created-at-zone', minutesOff <= MAX_MINUTES_OFF, { minutesOff, hasZone: time.hasZone })
}

async function judgeContextUrl(
  { contextUrl }: Readonly<Record<string, unknown>>,
  opportunity: string,
  { report, crm }: Rehearsal,
): Promise<void> {
  if (typeof contextUrl !== 'string') return
  const found = await crm
    .getOpportunity(contextUrl, opportunity)
    .catch((error: unknown) => void breachIn(error, 'crm-context-url'))
  const path = contextUrl.replaceAll(/[^\w./-]/g, '').slice(0, 100)
  await report.require('crm-context-url', found?.id === opportunity, { path })
}

/** What RD Station has told of marks of the contact, as far as Ponte has carried it out. */
export async function echoesOf(run: Rehearsal): Promise<readonly Partial<RegisteredLead>[]> {
  const ended = (await run.events.of(run.email)).filter(({ name, end }) => isLeadEvent(name) && end)
  const leads = await Promise.all(ended.map(event => leadOf(run, event)))
  return leads.filter(({ deliveredFor }) => deliveredFor !== undefined)
}

/** RD Station tells its webhooks of Ponte's own mark. */
async function judgeEcho(run: Rehearsal): Promise<void> {
  const { wait, patience, report } = run
  const isOfApi1 = ({ rehearsal }: Partial<RegisteredLead>): boolean => rehearsal?.format === 'v1'
  const ofApi1 = async () => (await echoesOf(run)).find(isOfApi1)
  const found = (await wait(ofApi1, patience.echoMs)) ?? (await echoesOf(run))[0]
  if (found === undefined || !isOfApi1(found)) {
    report.skip(found === undefined ? 'no-webhook' : 'only-api-1', 'rd-mark-by-times')
    return
  }
  const { length: opportunities } = await opportunitiesOf(run)
  await report.answer('rd-mark-by-times', found.deliveredFor === 'mark' && opportunities === 1, { opportunities })
}
