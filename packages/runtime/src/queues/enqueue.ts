import { hash, randomFillSync } from 'node:crypto'
import {
  type DeliveredEvent,
  type EventName,
  events,
  type JobData,
  type LeadEvent,
  type LeadImport,
  type Owner,
  type QuarantinedDelivery,
  SHORT_ID_CHARACTERS,
} from '@ponte/contracts'
import { QuarantineFullError, quarantineLimits } from './quarantine-size.ts'
import { DEDUPLICATION_MS } from './queue-names.ts'
import { jobOptions, quarantineOptions, type TenantQueues, updateId } from './queues.ts'
import type { Tenant } from '../tenants/tenants.ts'

export interface Enqueued {
  /** `joined`: accepted too, and another update of the same opportunity stands for it. */
  readonly outcome: 'accepted' | 'joined' | 'duplicate'
  /** The job that has the event. For a duplicate, the job of its first delivery. */
  readonly jobId: string
}

export interface EventEnvelope {
  /** ISO 8601, when the ingress received the delivery. */
  readonly receivedAt: string
  /** W3C trace context of the delivery. */
  readonly trace?: Record<string, string>
  /** That of the delivery in quarantine that it was read from. Else the script that adds the job decides. */
  readonly owner?: Owner
  /** That of such a delivery, where a person sent it. */
  readonly sentIn?: number
}

/**
 * Puts an event into its queue. Resolves only when Redis has confirmed it. If it rejects, the event may have arrived all the same, and a
 * repeat is then a duplicate. The key is remembered in the same atomic step as the job, so no crash in between can leave a key without a
 * job, which would drop the repeat. `priority`: behind all events that have none.
 */
export async function enqueueEvent(
  queues: TenantQueues,
  tenant: Tenant,
  { name, ...event }: DeliveredEvent,
  { owner, ...envelope }: EventEnvelope,
  { priority }: { readonly priority?: number } = {},
): Promise<Enqueued> {
  const [kind = name] = name.split('.')
  const jobId = newJobId(kind)
  const data = { ...(owner && { owner }), v: 1, ...envelope, ...event }
  // A live event must not join a job that comes after all others.
  if (events[name].isCoalesced && 'opportunityId' in event && priority === undefined) {
    return await enqueueUpdate(queues, tenant, {
      name,
      jobId,
      data,
      key: event.key,
      opportunityId: event.opportunityId,
    })
  }
  const job = await queues[events[name].destination].add(name, data, {
    ...jobOptions(tenant.settings.retry),
    jobId,
    ...(priority !== undefined && { priority }),
    deduplication: { id: event.key, ttl: DEDUPLICATION_MS },
  })
  return enqueued(job.id, jobId)
}

/** BullMQ starts jobs without a priority first: what was imported never holds up a live event. */
const IMPORT_PRIORITY = 10

/** The id of a job for `enqueueImport`. */
export const newImportId = (): string => newJobId('import')

/**
 * Puts an imported lead into its queue, behind all live events. Like `enqueueEvent`, but the caller has made the job's id. Only a live tenant
 * imports, so the lead is Ponte's, also when the tenant goes back into the shadow meanwhile.
 */
export async function enqueueImport(
  queues: TenantQueues,
  tenant: Tenant,
  { name, key, lead }: LeadEvent,
  { jobId, receivedAt, ...rest }: EventEnvelope & { readonly jobId: string; readonly import: LeadImport },
): Promise<Enqueued> {
  const data: JobData<'lead.registered'> = { owner: 'ponte', v: 2, key, receivedAt, lead, import: rest.import }
  const job = await queues[events[name].destination].add(name, data, {
    ...jobOptions(tenant.settings.retry),
    jobId,
    priority: IMPORT_PRIORITY,
    deduplication: { id: key, ttl: DEDUPLICATION_MS },
  })
  return enqueued(job.id, jobId)
}

/**
 * Updates of one opportunity share a job while it waits, by a deduplication id of the opportunity. The job reads the opportunity when it
 * runs, so it sees the last of them. When it starts, the worker removes that id (`runJob`), and a later update gets a job of its own.
 */
async function enqueueUpdate(queues: TenantQueues, tenant: Tenant, update: Update): Promise<Enqueued> {
  const known = await queues.updates.jobOf(update.key)
  if (known !== undefined) {
    await queues.confirmEarlier()
    return { outcome: 'duplicate', jobId: known }
  }
  const job = await queues[events[update.name].destination].add(update.name, update.data, {
    ...jobOptions(tenant.settings.retry),
    jobId: update.jobId,
    deduplication: { id: updateId(update.name, update.opportunityId) },
  })
  const { outcome, jobId } = enqueued(job.id, update.jobId)
  return { outcome: outcome === 'accepted' ? outcome : 'joined', jobId }
}

interface Update {
  readonly name: EventName
  readonly jobId: string
  readonly data: object
  readonly key: string
  readonly opportunityId: string
}

/**
 * Puts a delivery that cannot be read into quarantine. The worker reads it once more and records why it failed. Throws QuarantineFullError
 * when the delivery is new and there is no room for it.
 */
export async function quarantineDelivery(
  { quarantine, quarantineSize, confirmEarlier }: TenantQueues,
  tenant: Tenant,
  delivery: QuarantinedDelivery,
): Promise<Enqueued> {
  const jobId = newJobId('delivery')
  const digest = hash('sha256', `${delivery.source} ${delivery.intent ?? ''} ${delivery.body}`)
  const bytes = Buffer.byteLength(JSON.stringify({ owner: 'ponte', ...delivery }))
  if (!(await quarantineSize.tryReserve(bytes, quarantineLimits(tenant)))) {
    // A repeat of a kept delivery needs no room.
    const known = (await quarantine.getDeduplicationJobId(digest)) ?? undefined
    if (known === undefined) throw new QuarantineFullError()
    await confirmEarlier()
    return { outcome: 'duplicate', jobId: known }
  }
  const job = await quarantine.add('delivery', delivery, {
    ...quarantineOptions,
    jobId,
    deduplication: { id: digest, ttl: DEDUPLICATION_MS },
  })
  const result = enqueued(job.id, jobId)
  if (result.outcome === 'duplicate') await quarantineSize.release(bytes)
  return result
}

/** A character of base64url is 6 bits. */
const ID_BYTES = (SHORT_ID_CHARACTERS * 6) / 8
/** Random bytes for many ids at once, because one draw takes longer than the rest of an id. */
const random = Buffer.alloc(ID_BYTES * 256)
let drawn = random.length

/** Ends in a random id, which is short because Redis holds a waiting job's id several times. */
function newJobId(kind: string): string {
  if (drawn === random.length) {
    randomFillSync(random)
    drawn = 0
  }
  const id = random.toString('base64url', drawn, drawn + ID_BYTES)
  drawn += ID_BYTES
  return `${kind}-${id}`
}

const enqueued = (found: string | undefined, jobId: string): Enqueued => ({
  outcome: found === jobId ? 'accepted' : 'duplicate',
  jobId: found ?? jobId,
})
