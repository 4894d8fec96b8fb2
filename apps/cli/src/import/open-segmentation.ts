import { setTimeout as sleep } from 'node:timers/promises'
import type { RdSegmentationPage, RdStationClient } from '@ponte/clients'
import { PermanentFailure, readRdTime, ThrottledFailure } from '@ponte/contracts'
import type { Tenant } from '@ponte/runtime'
import { parseRdDelivery } from '@ponte/webhooks'
import { UsageError, type Session } from '../session.ts'
import { eventIn, type ImportedRecord, type ImportSource } from './source.ts'

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
  const ask = <Answer>(call: () => Promise<Answer>) => patiently(call, { signal, session })
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
async function patiently<Answer>(
  call: () => Promise<Answer>,
  { signal, session }: Pick<Access, 'signal' | 'session'>,
): Promise<Answer> {
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
