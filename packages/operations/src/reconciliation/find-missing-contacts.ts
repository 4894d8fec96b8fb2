import type { RdStationClient } from '@ponte/clients'
import {
  identitiesNamed,
  identitiesOf,
  inBrasilia,
  isRecord,
  isSameTime,
  type LeadEvent,
  readRdEventTime,
  readRdTime,
  SAME_TIME_MS,
} from '@ponte/contracts'
import {
  createContactLinks,
  createLeadLedger,
  createRejectedConversions,
  isImportKey,
  isSameConversion,
} from '@ponte/state'
import { parseRdDelivery } from '@ponte/webhooks'
import { jobsOf, type MissingDeps } from './find-missing-opportunities.ts'

/** RD Station may still be about to deliver a newer conversion. */
const LEAST_AGE_MS = 15 * 60_000
/** 10,000 contacts. */
const MAX_PAGES = 80
/** Also where a page is longer than it was asked for: no answer may fill the memory of a worker. */
const MAX_CONTACTS = 10_000
/** More are not even looked at: nobody misses so many webhooks, but an import looks like it. */
const MAX_CANDIDATES = 1000
/** More missing at once are not sent by themselves. */
const MAX_MISSING = 200
const AT_ONCE = 20

export interface ContactsRequest {
  readonly rd: Pick<RdStationClient, 'findContact' | 'listContactEvents' | 'listSegmentationContacts'>
  readonly segmentation: string
  /** Milliseconds since 1970, here and below. */
  readonly since: number
  readonly now: number
  /** Nothing is remembered of what was asked. */
  readonly isDryRun?: boolean
}

/**
 * Why a segmentation proves nothing. `no-end`: it was not read to its end. `no-segmentation`: there is none. `dates`: no contact says when it
 * converted. `unmatched`: of several that converted, none has that conversion among its events.
 */
export type UnreadableContacts = 'no-end' | 'no-segmentation' | 'dates' | 'unmatched'

export type MissingContacts =
  | {
      readonly events: readonly LeadEvent[]
      /** Bodies that cannot be read, for the quarantine. */
      readonly unread: readonly unknown[]
      /** How many contacts converted since then. */
      readonly read: number
      /** How many of them have no such conversion among their events, so that nobody knows what they converted for. */
      readonly unmatched: number
    }
  /** More than 200: a person decides. */
  | { readonly tooMany: number }
  | { readonly unreadable: UnreadableContacts }

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
  const { tenant, redis, fingerprint, queues } = deps
  // With the setting the other way round, RD Station CRM's conversions are none that were rejected.
  const decides = `synthetic ${tenant.settings.rdStation.acceptSyntheticConversions}`
  const rejected = createRejectedConversions(redis, tenant.name, fingerprint, decides)
  const candidates: Converted[] = []
  let wereRejected = 0
  for (let start = 0; start < converted.contacts.length; start += AT_ONCE) {
    const some = converted.contacts.slice(start, start + AT_ONCE)
    const seen = await Promise.all(some.map(each => isSeen(each, deps)))
    const unseen = some.filter((_, index) => seen[index] !== true)
    const known = await rejected.areRejected(unseen)
    candidates.push(...unseen.filter((_, index) => known[index] !== true))
    wereRejected += known.filter(Boolean).length
  }
  if (candidates.length > MAX_CANDIDATES) return { tooMany: candidates.length }
  const events: LeadEvent[] = []
  const unread: unknown[] = []
  let unmatched = 0
  for (const candidate of candidates) {
    const body = await bodyOf(candidate, request)
    if (body === 'unmatched') unmatched += 1
    if (body === 'unmatched') continue
    const read = body && parseRdDelivery(body, tenant.settings)
    if (read === undefined || read.events.length + read.quarantined.length === 0) {
      if (request.isDryRun !== true) await rejected.remember(candidate)
      continue
    }
    for (const event of read.events)
      if (!(await queues['totvs-crm'].getDeduplicationJobId(event.key))) events.push(event)
    unread.push(...read.quarantined.map(part => part.body))
    if (events.length + unread.length > MAX_MISSING) return { tooMany: events.length + unread.length }
  }
  // The times of both places differ, or the events lack it. One alone may have been merged, or its conversion deleted.
  if (unmatched > 1 && unmatched === candidates.length && wereRejected === 0) return { unreadable: 'unmatched' }
  return { events, unread, unmatched, read: converted.contacts.length }
}

/** Newest first. The pages are read until one is older than what is asked for, or to the end if they are in another order. */
async function readConverted({
  rd,
  segmentation,
  since,
  now,
}: ContactsRequest): Promise<
  { readonly contacts: readonly Converted[] } | { readonly unreadable: UnreadableContacts }
> {
  const contacts = new Map<string, Converted>()
  let [newest, isOrdered, isListed] = [Infinity, true, false]
  for (let number = 1; number <= MAX_PAGES; number += 1) {
    const page = await rd.listSegmentationContacts(segmentation, number)
    if (page === undefined) return { unreadable: 'no-segmentation' }
    for (const contact of page.contacts) {
      isListed = true
      const convertedAt = readRdTime(contact.last_conversion_date)
      if (convertedAt === undefined) continue
      isOrdered &&= convertedAt <= newest
      newest = convertedAt
      if (convertedAt < since || convertedAt > now - LEAST_AGE_MS) continue
      const { uuid } = contact
      contacts.set(uuid, { uuid, email: textOf(contact['email'])?.toLowerCase(), convertedAt })
    }
    if (contacts.size > MAX_CONTACTS) break
    // A contact that converts meanwhile moves to the first page, so the order may break once: reading on does no harm.
    if (page.isLast && isListed && newest === Infinity) return { unreadable: 'dates' }
    if (page.isLast || (isOrdered && newest < since))
      return { contacts: [...contacts.values()].toSorted((a, b) => b.convertedAt - a.convertedAt) }
  }
  return { unreadable: 'no-end' }
}

/** Ponte has decided this conversion, applied a newer one, or has it in an event of the person. */
async function isSeen({ uuid, email, convertedAt }: Converted, deps: MissingDeps): Promise<boolean> {
  const { redis, tenant, fingerprint } = deps
  const person = { uuid, ...(email !== undefined && { email }) }
  const links = createContactLinks(redis, tenant.name, fingerprint)
  const leads = createLeadLedger(redis, tenant.name, { fingerprint })
  const ofUuid = identitiesNamed(uuid).filter(({ kind }) => kind === 'uuid')
  const conversion = leads.conversionOf(person, convertedAt)
  for (const identity of identitiesOf(person) ?? ofUuid) {
    const leadId = await links.leadOf(identity)
    const { decided = [], convertedAt: newest = -Infinity } = leadId === undefined ? {} : await leads.read(leadId)
    if (decided.some(each => isSameConversion(each, conversion)) || newest > convertedAt + SAME_TIME_MS) return true
  }
  if (email === undefined) return false
  const jobs = await jobsOf(email, deps)
  return jobs.some(({ key, data, receivedAt, state }) => {
    const lead = isRecord(data?.['lead']) ? data['lead'] : undefined
    const time = Date.parse(textOf(lead?.['convertedAt']) ?? '')
    // A row of an import that may open no opportunity decides nothing. What one has decided that is gone, the history says.
    const imported = isRecord(data?.['import']) ? data['import'] : undefined
    if (isImportKey(key) && imported?.['opensOpportunity'] !== true) return false
    if (!Number.isNaN(time)) return time >= convertedAt - SAME_TIME_MS
    // What is gone, or in quarantine, came after the conversion: a person or an earlier run has dealt with it.
    return (state === undefined || lead === undefined) && receivedAt >= convertedAt
  })
}

/**
 * What the webhook of API 2 would have brought. Undefined for a conversion that fires none, `unmatched` when the contact's events do not show
 * which it was.
 */
async function bodyOf(
  { uuid, convertedAt }: Converted,
  { rd }: ContactsRequest,
): Promise<object | 'unmatched' | undefined> {
  const events = (await rd.listContactEvents(uuid, 'CONVERSION')).map(each => ({
    identifier: textOf(each['event_identifier']),
    at: readRdEventTime(each.event_timestamp, convertedAt) ?? Infinity,
  }))
  const { identifier, at = 0 } = events.find(each => isSameTime(each.at, convertedAt)) ?? {}
  if (identifier === undefined) return 'unmatched'
  if (isImport(identifier)) return undefined
  const contact = await rd.findContact({ uuid })
  return (
    contact && {
      event_type: 'WEBHOOK.CONVERTED',
      entity_type: 'CONTACT',
      event_identifier: identifier,
      event_timestamp: inBrasilia(new Date(at).toISOString()),
      contact,
    }
  )
}

/** RD Station's screens propose such a name for an import (docs/vendors/rd-station.md#segmentations). */
const isImport = (identifier: string): boolean => /^\s*import/i.test(identifier.slice(0, 100))

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)
