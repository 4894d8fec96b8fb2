import { isRecord, type RegisteredLead, SAME_TIME_MS, isLeadEvent, readRdEventTime } from '@ponte/contracts'
import type { TimelineRun } from '@ponte/state'
import { carriesWord, type LookUp } from '../belongings.ts'
import type { Rehearsal } from '../context.ts'
import type { SeenEvent } from '../ponte-events.ts'
import { nothingCame, StoppedError } from '../stops.ts'

/** Every account has it: all contacts (docs/vendors/rd-station.md#segmentations). */
const ALL_CONTACTS = '1'

/** Among the contact's events the conversion must have the name and the time that its webhook had. */
export async function judgeConversion(
  { leads }: Converted,
  { rd, state, identifier, ask, report }: Rehearsal,
): Promise<void> {
  const { contact = '' } = state
  const delivered = leads.flatMap(({ convertedAt }) => (convertedAt === undefined ? [] : [Date.parse(convertedAt)]))
  const listed = await ask(async () => {
    const found = (await rd.listContactEvents(contact, 'CONVERSION')).filter(
      event => event['event_identifier'] === identifier,
    )
    return found.length > 0 ? found : undefined
  })
  const events = listed ?? []
  const offMs = leastOf(
    events.flatMap(event =>
      delivered.map(at => Math.abs((readRdEventTime(event.event_timestamp, at) ?? Number.NaN) - at)),
    ),
  )
  await report.answer('rd-conversion-times', isSame(offMs), { events: events.length, offMs })
}

/** A segmentation must tell when the contact converted last. Ask it some minutes after a conversion: it may take a while. */
export async function judgeSegmentation({ rd, state, conversions, report }: Rehearsal): Promise<void> {
  // A run that is resumed does not know when they were.
  if (conversions.length === 0) return
  const page = await rd.listSegmentationContacts(ALL_CONTACTS, 1)
  const listed = page?.contacts.find(({ uuid }) => uuid === state.contact)
  if (listed === undefined) return report.skip('not-listed', 'rd-segmentation-dates')
  const offMs = leastOf([Math.abs(Date.parse(listed.last_conversion_date ?? '') - Math.max(...conversions))])
  await report.answer('rd-segmentation-dates', isSame(offMs), { offMs })
}

const isSame = (offMs: number | null): boolean => offMs !== null && offMs <= SAME_TIME_MS

/** Null when there is no time. */
function leastOf(all: readonly number[]): number | null {
  const least = Math.min(...all.filter(Number.isFinite))
  return Number.isFinite(least) ? least : null
}

/** Area code 20 is nobody's: no message reaches a person. */
const PHONES = { personal_phone: '+55 (20) 3025-0001', mobile_phone: '+55 (20) 90000-0001' }

/** What every test person has, under RD Station's names. It may not be written to. */
export const testPerson = {
  job_title: 'Pessoa de teste',
  city: 'Joinville',
  state: 'SC',
  website: 'https://ponte.invalid',
  facebook: 'https://facebook.com/ponte.invalid',
  linkedin: 'https://linkedin.com/in/ponte-invalid',
  company_name: 'Ensaio do Ponte Ltda.',
  ...PHONES,
  available_for_mailing: false,
  legal_bases: [{ category: 'communications', type: 'consent', status: 'declined' }],
}

export const personOf = ({ name }: Pick<Rehearsal, 'name'>) => ({ name, ...testPerson })

export const otherJobTitle = 'Pessoa de teste (cargo alterado)'

/** A conversion that Ponte has carried out, in every format in which RD Station delivered it. */
export interface Converted {
  /** The delivery that was carried out: the others of the same conversion only fill what is empty. */
  readonly lead: Partial<RegisteredLead>
  /** All of its deliveries. */
  readonly leads: readonly Partial<RegisteredLead>[]
}

/** Makes a conversion at RD Station, and waits until Ponte has carried it out. */
export async function convert(run: Rehearsal, fields: Readonly<Record<string, unknown>> = {}): Promise<Converted> {
  const { rd, email, identifier, events, patience, wait, conversions } = run
  const last = Math.max(0, ...conversions)
  await wait(async () => (Date.now() - last > SAME_TIME_MS ? true : undefined))
  const known = new Set((await events.of(email)).map(({ id }) => id))
  await rd.convert({ identifier, email, ...fields })
  await findContact(run)

  /** Its deliveries. The echo of an earlier mark may come at the same time. */
  async function deliveries() {
    const arrived = (await events.of(email)).filter(({ id, name }) => isLeadEvent(name) && !known.has(id))
    const read = await Promise.all(arrived.map(async event => ({ event, lead: await leadOf(run, event) })))
    return read.filter(({ lead: { deliveredFor, convertedAt = '' } }) => {
      const at = Date.parse(convertedAt)
      return deliveredFor !== 'mark' && conversions.every(each => Math.abs(each - at) > SAME_TIME_MS)
    })
  }
  const arrived = await wait(async () => ((await deliveries()).length > 0 ? true : undefined), patience.webhookMs)
  if (arrived === undefined) throw nothingCame('rd-webhook')
  const done = await wait(async () =>
    (await deliveries())
      .filter(({ event }) => event.end?.outcome === 'done')
      .toSorted((one, other) => (one.event.end?.at ?? 0) - (other.event.end?.at ?? 0))
      .at(0),
  )
  // The account may send each conversion in both formats. The first conversion finds out, the later ones need not know.
  if (done !== undefined && conversions.length === 0) {
    const formats = async () => new Set((await deliveries()).map(({ lead }) => lead.rehearsal?.format))
    await wait(async () => ((await formats()).size > 1 ? true : undefined), patience.otherFormatMs)
  }
  const all = await deliveries()
  if (done === undefined) {
    const failed = all.find(({ event }) => event.end?.outcome === 'failed')?.event.end
    if (failed !== undefined)
      throw new StoppedError({ kind: 'event-failed', event: 'lead.registered', code: failed.code ?? 'INTERNAL_ERROR' })
    const isSkipped = all.some(({ event }) => event.end?.outcome === 'skipped')
    throw nothingCame(isSkipped ? 'effect' : 'run')
  }
  for (const { lead } of all) conversions.push(Date.parse(lead.convertedAt ?? '') || Date.now())
  const opened = openedBy(done.event.end)
  if (opened !== undefined) await run.addOpportunity(opened)
  return { lead: done.lead, leads: all.map(({ lead }) => lead) }
}

/** Only what the conversion opened: its run may also name an opportunity that somebody else has open. */
const openedBy = (end: TimelineRun | undefined): string | undefined =>
  [end?.summary ?? []].flat().some(({ key }) => key === 'opportunity-opened' || key === 'opportunity-found-open')
    ? end?.opportunityId
    : undefined

/** The lead as the ingress read it. Empty when the job is gone. */
export async function leadOf({ events }: Rehearsal, event: SeenEvent): Promise<Partial<RegisteredLead>> {
  const { lead } = await events.dataOf(event)
  // A job of the ingress; what it may lack, its type says.
  return isRecord(lead) ? lead : {}
}

interface Seeking extends Pick<LookUp, 'email' | 'state' | 'rd'>, Pick<Rehearsal, 'ask' | 'save'> {
  readonly patience: Pick<Rehearsal['patience'], 'webhookMs'>
}

/** RD Station makes the contact some time after it took the conversion. Somebody else may have made one since the run looked. */
export async function findContact(run: Seeking): Promise<void> {
  const { rd, email, state, patience } = run
  if (state.contact !== undefined) return
  let other: string | undefined
  const look = async () => {
    const contact = await rd.findContact({ email })
    if (contact === undefined || carriesWord(contact, run)) return contact
    other = contact.uuid
    return undefined
  }
  const contact = await run.ask(look, { forMs: patience.webhookMs })
  if (contact !== undefined) return await run.save({ contact: contact.uuid })
  throw other === undefined ? nothingCame('contact') : new StoppedError({ kind: 'contact-of-others', contact: other })
}
