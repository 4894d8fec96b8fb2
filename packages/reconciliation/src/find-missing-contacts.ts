import type { RdStationClient } from '@ponte/clients'
import { identitiesNamed, identitiesOf, inBrasilia, isRecord, type LeadEvent } from '@ponte/contracts'
import { createContactLinks, createLeadLedger } from '@ponte/state'
import { parseRdDelivery } from '@ponte/webhooks'
import type { MissingDeps } from './find-missing-opportunities.ts'
import { jobsOf } from './looked-at-jobs.ts'

/** RD Station may still be about to deliver a newer conversion. */
const LEAST_AGE_MS = 15 * 60_000
/** RD Station tells one conversion at several places with times that may differ by so much. */
const SAME_MS = 2000
/** 10,000 contacts. */
const MOST_PAGES = 80
/** More are not even looked at: nobody misses so many webhooks, but an import looks like it. */
const MOST_CANDIDATES = 1000
/** More missing at once are not sent by themselves. */
const MOST_MISSING = 200
const AT_ONCE = 20

export interface ContactsRequest {
  readonly rd: Pick<RdStationClient, 'findContact' | 'listContactEvents' | 'listSegmentationContacts'>
  readonly segmentation: string
  /** Milliseconds since 1970, here and below. */
  readonly since: number
  readonly now: number
}

export type MissingContacts =
  | {
      readonly events: readonly LeadEvent[]
      /** Bodies that cannot be read, for the quarantine. */
      readonly unread: readonly unknown[]
      /** How many contacts converted since then. */
      readonly read: number
    }
  /** More than 200: a person decides. */
  | { readonly tooMany: number }
  | { readonly unreadable: 'no-end' | 'no-segmentation' }

interface Converted {
  readonly uuid: string
  readonly email: string | undefined
  readonly convertedAt: number
}

/**
 * The contacts of a segmentation that converted since a time and that Ponte has not seen, as the events that their webhooks would have been.
 * Conversions of imports and of RD Station CRM are none (docs/vendors/rd-station.md#segmentations).
 */
export async function findMissingContacts(request: ContactsRequest, deps: MissingDeps): Promise<MissingContacts> {
  const converted = await readConverted(request)
  if ('unreadable' in converted) return converted
  const candidates: Converted[] = []
  for (let start = 0; start < converted.contacts.length; start += AT_ONCE) {
    const some = converted.contacts.slice(start, start + AT_ONCE)
    const seen = await Promise.all(some.map(each => isSeen(each, deps)))
    candidates.push(...some.filter((_, index) => seen[index] !== true))
  }
  if (candidates.length > MOST_CANDIDATES) return { tooMany: candidates.length }
  const events: LeadEvent[] = []
  const unread: unknown[] = []
  for (const candidate of candidates) {
    const body = await bodyOf(candidate, request)
    if (body === undefined) continue
    const read = parseRdDelivery(body, deps.tenant.settings)
    for (const event of read.events)
      if (!(await deps.queues['totvs-crm'].getDeduplicationJobId(event.key))) events.push(event)
    unread.push(...read.quarantined.map(part => part.body))
    if (events.length + unread.length > MOST_MISSING) return { tooMany: events.length + unread.length }
  }
  return { events, unread, read: converted.contacts.length }
}

/** Newest first. The pages are read until one is older than what is asked for, or to the end if they are in another order. */
async function readConverted({
  rd,
  segmentation,
  since,
  now,
}: ContactsRequest): Promise<
  { readonly contacts: readonly Converted[] } | { readonly unreadable: 'no-end' | 'no-segmentation' }
> {
  const contacts = new Map<string, Converted>()
  let [newest, isOrdered] = [Infinity, true]
  for (let number = 1; number <= MOST_PAGES; number += 1) {
    const page = await rd.listSegmentationContacts(segmentation, number)
    if (page === undefined) return { unreadable: 'no-segmentation' }
    for (const contact of page.contacts) {
      const convertedAt = Date.parse(contact.last_conversion_date ?? '')
      if (Number.isNaN(convertedAt)) continue
      isOrdered &&= convertedAt <= newest
      newest = convertedAt
      if (convertedAt < since || convertedAt > now - LEAST_AGE_MS) continue
      const { uuid } = contact
      contacts.set(uuid, { uuid, email: textOf(contact['email'])?.toLowerCase(), convertedAt })
    }
    // A contact that converts meanwhile moves to the first page, so the order may break once: reading on does no harm.
    if (page.isLast || (isOrdered && newest < since))
      return { contacts: [...contacts.values()].toSorted((a, b) => b.convertedAt - a.convertedAt) }
  }
  return { unreadable: 'no-end' }
}

/** Ponte has this conversion or a newer one: in the lead's history, or in an event of the person. */
async function isSeen({ uuid, email, convertedAt }: Converted, deps: MissingDeps): Promise<boolean> {
  const { redis, tenant, fingerprint } = deps
  const links = createContactLinks(redis, tenant.name, fingerprint)
  const leads = createLeadLedger(redis, tenant.name, { fingerprint })
  const ofUuid = identitiesNamed(uuid).filter(({ kind }) => kind === 'uuid')
  for (const identity of identitiesOf({ uuid, ...(email !== undefined && { email }) }) ?? ofUuid) {
    const leadId = await links.leadOf(identity)
    const history = leadId === undefined ? undefined : await leads.read(leadId)
    if ((history?.convertedAt ?? -Infinity) >= convertedAt - SAME_MS) return true
  }
  if (email === undefined) return false
  const jobs = await jobsOf(email, deps)
  return jobs.some(({ data, receivedAt, state }) => {
    const lead = isRecord(data?.['lead']) ? data['lead'] : undefined
    const time = Date.parse(textOf(lead?.['convertedAt']) ?? '')
    if (!Number.isNaN(time)) return time >= convertedAt - SAME_MS
    // What is gone, or in quarantine, came after the conversion: a person or an earlier run has dealt with it.
    return (state === undefined || lead === undefined) && receivedAt >= convertedAt
  })
}

/** What the webhook of API 2 would have brought. Undefined for a conversion that fires none. */
async function bodyOf({ uuid, convertedAt }: Converted, { rd }: ContactsRequest): Promise<object | undefined> {
  const events = await rd.listContactEvents(uuid, 'CONVERSION')
  const event = events.find(each => Math.abs(Date.parse(each.event_timestamp) - convertedAt) <= SAME_MS)
  const identifier = textOf(event?.['event_identifier'])
  if (event === undefined || identifier === undefined || isImport(identifier)) return undefined
  const contact = await rd.findContact({ uuid })
  return (
    contact && {
      event_type: 'WEBHOOK.CONVERTED',
      entity_type: 'CONTACT',
      event_identifier: identifier,
      event_timestamp: inBrasilia(event.event_timestamp),
      contact,
    }
  )
}

/** RD Station's screens propose such a name for an import (docs/vendors/rd-station.md#segmentations). */
const isImport = (identifier: string): boolean => /^\s*import/i.test(identifier.slice(0, 100))

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)
