import { isRecord, quarantinedDelivery, type RegisteredLead, registeredLead, parseJson } from '@ponte/contracts'
import { type QueueKind, queueKinds, queueName, queuePrefix } from '@ponte/runtime'
import { type KeptJob, timelineId } from '@ponte/state'
import { decodeBody, isReadable } from './decode-body.ts'
import { type Entry, textIn } from './read-keyspace.ts'

/** A job as Redis stores it. */
export interface JobEntry {
  readonly queue: QueueKind
  readonly jobId: string
  readonly lead: RegisteredLead | undefined
  readonly opportunityId: string | undefined
  /** The id of its event's timeline. Nothing else leads to the timeline of a quarantined delivery. */
  readonly timelineId: string
  /** The body of a quarantined delivery, decoded. */
  readonly body: string
  /** Each decoded form of the body by itself. */
  readonly readings: readonly string[]
  /** A quarantined body that cannot be read: nobody can say who it is about. */
  readonly isUnread: boolean
  /** All text of the job, with the decoded body. */
  readonly text: string
  /** `text` without what an event says about others: its owner, and answers that the tenant's rules read. */
  readonly ownText: string
}

/** The job in a key. BullMQ stores each job in a hash `{tenant}:<queue>:<id>`. Undefined for other keys. */
export function readJobEntry(tenant: string, { key: name, type, value, text }: Entry): JobEntry | undefined {
  const place = readPlace(tenant, name)
  if (place === undefined || type !== 'hash' || place.rest.includes(':') || place.rest === 'meta') return undefined
  const data = parseJson(String(memberOf(value, 'data')))
  const readings = bodyOf(data)
  const body = readings.join('\n')
  const opportunityId = memberOf(data, 'opportunityId')
  const key = memberOf(data, 'key')
  return {
    queue: place.queue,
    jobId: place.rest,
    lead: registeredLead.safeParse(memberOf(data, 'lead')).data,
    opportunityId: typeof opportunityId === 'string' ? opportunityId : undefined,
    timelineId: timelineId(typeof key === 'string' ? key : place.rest),
    body,
    readings,
    isUnread: isUnreadBody(data),
    text: body === '' ? text : `${text}\n${body}`,
    ownText: isRecord(value) ? textIn({ ...value, data: JSON.stringify(withoutMentions(data)) }) : text,
  }
}

/** A job that the shadow keeps, as if it stood in its queue. */
export function readShadowEntry(tenant: string, { id, queue, data }: KeptJob): JobEntry | undefined {
  const key = `${queuePrefix(tenant)}:${queueName(tenant, queue)}:${id}`
  const value = { data: JSON.stringify(data) }
  return readJobEntry(tenant, { key, type: 'hash', value, text: textIn(value) })
}

/** Removes the owner and the answers, which may be about other people. */
function withoutMentions(data: unknown): unknown {
  if (!isRecord(data) || !isRecord(data['lead'])) return data
  const { ownerEmail: _owner, values: _values, ...lead } = data['lead']
  return { ...data, lead }
}

/** The queue that a BullMQ key belongs to, and the rest of the key's name. */
export function readPlace(tenant: string, key: string): { queue: QueueKind; rest: string } | undefined {
  for (const queue of queueKinds) {
    const prefix = `${queuePrefix(tenant)}:${queueName(tenant, queue)}:`
    if (key.startsWith(prefix)) return { queue, rest: key.slice(prefix.length) }
  }
  return undefined
}

/** The decoded forms of a quarantined body. In a form, `+` is a space. */
function bodyOf(data: unknown): readonly string[] {
  const parsed = quarantinedDelivery.safeParse(data)
  if (!parsed.success) return []
  const texts = decodeBody(Buffer.from(parsed.data.body, parsed.data.encoding))
  return parsed.data.form ? texts.flatMap(text => [text, text.replaceAll('+', ' ')]) : texts
}

function isUnreadBody(data: unknown): boolean {
  const parsed = quarantinedDelivery.safeParse(data)
  return parsed.success && !isReadable(Buffer.from(parsed.data.body, parsed.data.encoding))
}

/** An own member of an unknown value, or undefined. */
export const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined
