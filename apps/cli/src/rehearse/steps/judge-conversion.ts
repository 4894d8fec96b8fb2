import { readRdEventTime, SAME_TIME_MS } from '@ponte/contracts'
import type { Rehearsal } from '../context.ts'
import type { Converted } from './convert.ts'

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
  if (listed === undefined) return report.skip('rd-segmentation-dates', 'not-listed')
  const offMs = leastOf([Math.abs(Date.parse(listed.last_conversion_date ?? '') - Math.max(...conversions))])
  await report.answer('rd-segmentation-dates', isSame(offMs), { offMs })
}

const isSame = (offMs: number | null): boolean => offMs !== null && offMs <= SAME_TIME_MS

/** Null when there is no time. */
function leastOf(all: readonly number[]): number | null {
  const least = Math.min(...all.filter(Number.isFinite))
  return Number.isFinite(least) ? least : null
}
