import { type CrmEventName, isLeadEvent } from '@ponte/contracts'
import type { Rehearsal } from '../context.ts'
import type { SeenEvent } from '../ponte-events.ts'
import { StoppedError } from '../stops.ts'

/** The webhook as soon as it has come. */
export const arrivalOf = ({ events, wait, patience }: Rehearsal, opportunity: string, name: CrmEventName) =>
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
  throw new StoppedError({ kind: 'nothing-came', what: (await find()) === undefined ? 'crm-webhook' : 'run' })
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
