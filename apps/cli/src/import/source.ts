import { type LeadEvent, isRecord, type Message, roundedPhones } from '@ponte/contracts'
import type { Delivery } from '@ponte/webhooks'

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

export interface ImportCounts {
  /** Read, in whatever way they ended. */
  rows: number
  /** With `--dry-run`: would be sent. */
  sent: number
  /** Recognised: an earlier run has brought them into TOTVS CRM. */
  done: number
  /** An earlier run sent them, and they wait or failed. */
  waiting: number
  /** Of a segmentation: the contact is not there any more. */
  gone: number
  /** Of a file: what follows a quote that is never closed. */
  linesNotRead: number
  /** Of those that are neither done nor unreadable: their date says no moment. */
  unreadableDates: number
  /** Of those that are not done: a spreadsheet has rounded a phone of theirs. */
  roundedPhones: number
}
