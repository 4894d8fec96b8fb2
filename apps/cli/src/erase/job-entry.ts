import { isRecord, quarantinedDelivery, type RegisteredLead, registeredLead, parseJson } from '@ponte/contracts'
import { type QueueKind, queueKinds, queueName, queuePrefix } from '@ponte/runtime'
import { type KeptJob, timelineId } from '@ponte/state'
import { type Entry, textIn } from './read-keyspace.ts'
import { isUtf8 } from 'node:buffer'
import { gunzipSync } from 'node:zlib'

/**
 * A body has at most 1 MiB. One that unpacks to more than this counts as unreadable. The search needs time and memory in proportion to the
 * text, and regular expressions cannot repeat without limit.
 */
const MAX_UNPACKED = 2 * 1024 * 1024

/** The texts in a body: as UTF-8, as UTF-16 and unpacked, and what each of them encodes. Bytes that are not text are returned as UTF-8. */
function decodeBody(bytes: Buffer): readonly string[] {
  if (!isReadable(bytes)) return [bytes.toString('utf8')]
  const texts = [unpack(bytes), bytes].filter(found => found !== undefined).flatMap(textsOf)
  return [...new Set(texts.flatMap(text => [text, ...codedIn(text)]))]
}

/** Is it text in UTF-8 or UTF-16, packed with gzip or not? In anything else a person would not be found. */
function isReadable(bytes: Buffer): boolean {
  const plain = unpack(bytes) ?? bytes
  if (isUtf8(plain)) return true
  const zeros = plain.subarray(0, 1024).filter(byte => byte === 0).length
  return zeros * 3 > Math.min(plain.length, 1024)
}

function unpack(bytes: Buffer): Buffer | undefined {
  try {
    return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes, { maxOutputLength: MAX_UNPACKED }) : undefined
  } catch {
    return undefined
  }
}

/** In UTF-16, each Latin letter has a zero byte. */
function textsOf(bytes: Buffer): string[] {
  const utf8 = bytes.toString('utf8')
  if (!bytes.subarray(0, 1024).includes(0)) return [utf8]
  const even = bytes.subarray(0, bytes.length - (bytes.length % 2))
  return [utf8, even.toString('utf16le'), Buffer.from(even).swap16().toString('utf16le')]
}

function codedIn(text: string): string[] {
  const base64 = [...text.matchAll(/[A-Za-z0-9+/_-]{12,}={0,2}/g)].map(([found]) =>
    Buffer.from(found, 'base64').toString('utf8'),
  )
  return [base64.join('\n'), unescapeEntities(text), unescapeQuotedPrintable(text)].filter(found => found !== text)
}

const named: Readonly<Record<string, string>> = {
  commat: '@',
  period: '.',
  plus: '+',
  amp: '&',
  lowbar: '_',
  hyphen: '-',
}

const unescapeEntities = (text: string): string =>
  text.replaceAll(
    /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]{2,8}));/gi,
    (whole, hex?: string, decimal?: string, name = '') => {
      const code = hex === undefined ? Number(decimal ?? Number.NaN) : Number.parseInt(hex, 16)
      if (Number.isNaN(code)) return named[name.toLowerCase()] ?? whole
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole
    },
  )

const unescapeQuotedPrintable = (text: string): string =>
  text
    .replaceAll(/=\r?\n/g, '')
    .replaceAll(/(?:=[0-9A-F]{2})+/g, run => Buffer.from(run.replaceAll('=', ''), 'hex').toString('utf8'))

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
  const { readings, isUnread } = readBody(data)
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
    isUnread,
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
function readBody(data: unknown): Pick<JobEntry, 'readings' | 'isUnread'> {
  const parsed = quarantinedDelivery.safeParse(data)
  if (!parsed.success) return { readings: [], isUnread: false }
  const bytes = Buffer.from(parsed.data.body, parsed.data.encoding)
  const texts = decodeBody(bytes)
  const readings = parsed.data.form ? texts.flatMap(text => [text, text.replaceAll('+', ' ')]) : texts
  return { readings, isUnread: !isReadable(bytes) }
}

/** An own member of an unknown value, or undefined. */
export const memberOf = (value: unknown, name: string): unknown =>
  isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined
