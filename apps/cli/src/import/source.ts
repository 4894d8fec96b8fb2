import {
  type LeadEvent,
  isRecord,
  type Message,
  roundedPhones,
  PermanentFailure,
  readRdTime,
  ThrottledFailure,
} from '@ponte/contracts'
import { type Delivery, parseRdDelivery } from '@ponte/webhooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RdSegmentationPage, RdStationClient } from '@ponte/clients'
import type { Tenant } from '@ponte/runtime'
import { UsageError, type Session } from '../session.ts'

/** What the ingress's parser made of one lead. */
export function eventIn({
  events: [event],
  quarantined: [part],
  ignored: [other],
}: Delivery<LeadEvent>): ReadRecord | UnreadRecord {
  if (event !== undefined) return { event, isPhoneRounded: roundedPhones(event.lead).length > 0 }
  const reason = part?.code ?? other?.kind ?? 'BODY_NOT_UNDERSTOOD'
  return { reason, isPhoneRounded: part?.issues.some(saysRounded) === true }
}

const saysRounded = ({ values }: Message): boolean =>
  isRecord(values?.['note']) && values['note']['key'] === 'field-digits-lost'

/** Why a record is not sent, as `--json` shows it: a failure code, or what is wrong with the record in the file. Never a value. */
export type Reason = string

/** One record of what is imported. */
export interface ImportedRecord {
  /** Counts from 1. In a file the headings are the first record, as in a spreadsheet. */
  readonly record: number
  /** Stands for what the record says, in its fingerprint. Absent when it cannot be read. */
  readonly row?: string
  /** Reads the record with the ingress's parser. `gone`: there is nobody to be sent any more. */
  readonly read: () => Promise<ReadRecord | UnreadRecord | 'gone'>
}

export interface UnreadRecord {
  readonly reason: Reason
  /** Lines of the file after it, when reading ends with it. */
  readonly linesNotRead?: number
  readonly isPhoneRounded?: boolean
}

export interface ReadRecord {
  readonly event: LeadEvent
  /** A spreadsheet has rounded a phone of it. The lead counts as one without that phone. */
  readonly isPhoneRounded?: boolean
  /** It says a date of which nobody knows the moment. The lead counts as one without a date. */
  readonly isDateUnreadable?: boolean
}

/** Where leads come from. */
export interface ImportSource {
  readonly records: AsyncIterable<ImportedRecord>
  /** How much of it has been read, from 0 to 1. Undefined when nobody knows. */
  readonly share: () => number | undefined
}

interface Access {
  readonly tenant: Tenant
  readonly rd: Pick<RdStationClient, 'listSegmentationContacts' | 'findContact'>
  readonly signal: AbortSignal
  readonly session: Pick<Session, 'texts' | 'progressBriefly'>
}

/**
 * The contacts of a segmentation of RD Station (docs/vendors/rd-station.md#segmentations), each read as the webhook of API 2.0 would bring
 * it. A contact is the same row until it converts again, so that one which was done is not read a second time. Throws UsageError when there
 * is no such segmentation, and a PermanentFailure when RD Station sends one page again and again.
 */
export async function openSegmentation(
  id: string,
  { tenant: { settings }, rd, signal, session }: Access,
): Promise<ImportSource> {
  let read = 0
  const ask = <Value>(call: () => Promise<Value>) => patiently(call, { signal, session })
  const pageOf = (page: number) => ask(() => rd.listSegmentationContacts(id, page))
  const first = await pageOf(1)
  if (first === undefined) throw new UsageError(session.texts.import.noSegmentation(id))

  async function* records(): AsyncGenerator<ImportedRecord> {
    let page = first
    for (let number = 2; page !== undefined; number += 1) {
      for (const { uuid, last_conversion_date: convertedAt } of page.contacts) {
        read += 1
        yield {
          record: read,
          row: JSON.stringify(['contact', uuid, convertedAt]),
          async read() {
            const contact = await ask(() => rd.findContact({ uuid }))
            if (contact === undefined) return 'gone'
            const at = readRdTime(convertedAt)
            const event_timestamp = at === undefined ? undefined : new Date(at).toISOString()
            const body = { event_type: 'WEBHOOK.CONVERTED', event_timestamp, contact }
            return eventIn(parseRdDelivery(body, settings))
          },
        }
      }
      const next = page.isLast ? undefined : await pageOf(number)
      if (next !== undefined && uuidsOf(next) === uuidsOf(page))
        throw new PermanentFailure('RD_UNREADABLE', { context: { page: number } })
      page = next
    }
  }
  const { total } = first
  return { records: records(), share: () => (total === undefined || total === 0 ? undefined : read / total) }
}

const uuidsOf = ({ contacts }: RdSegmentationPage): string => contacts.map(({ uuid }) => uuid).join(' ')

/** Makes a call again when RD Station has asked to wait, and has waited. */
async function patiently<Value>(
  call: () => Promise<Value>,
  { signal, session }: Pick<Access, 'signal' | 'session'>,
): Promise<Value> {
  for (;;) {
    try {
      return await call()
    } catch (error) {
      if (!(error instanceof ThrottledFailure)) throw error
      session.progressBriefly(session.texts.import.throttled(Math.ceil(error.retryAfterMs / 1000)))
      await sleep(error.retryAfterMs, undefined, { signal })
    }
  }
}
