import type { Identities } from '@ponte/contracts'
import type { RedisClient } from '../redis/redis-client.ts'
import type { Fingerprint } from '../fingerprints/fingerprint.ts'
import { createContactMarks } from '../marks/contact-marks.ts'
import { createTenantMode } from '../mode/tenant-mode.ts'
import { read } from '../redis/step.ts'
import { createContactLinks } from './contact-links.ts'
import { type ConvertedLead, createLeadLedger } from './lead-ledger.ts'

/** Reads what is recorded about a person, only to show it. It takes no lock, so an event that runs may change it meanwhile. */
export function createRecordedPersons(redis: RedisClient, tenant: string, fingerprint: Fingerprint) {
  const contactMarks = createContactMarks(tenant, fingerprint)
  const links = createContactLinks(redis, tenant, fingerprint)
  const leads = createLeadLedger(redis, tenant, { fingerprint })
  const mode = createTenantMode(redis, tenant)
  return async (contact: ConvertedLead, identities: Identities) => {
    const [marks, linked, unfinishedCreation] = [
      contactMarks.readingOf(contact),
      links.leadsOf(identities),
      leads.leadCreationOf(identities),
    ]
    const [valueOf, modeRecord] = await Promise.all([read(redis, [marks, linked, unfinishedCreation]), mode.read()])
    return {
      marks: valueOf(marks),
      linked: valueOf(linked),
      unfinishedCreationAt: valueOf(unfinishedCreation),
      historyOf: leads.read,
      conversionAt: (at: number) => leads.conversionOf(contact, at),
      mode: modeRecord,
    }
  }
}
