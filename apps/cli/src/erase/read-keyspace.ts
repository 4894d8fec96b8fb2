import { eventListPrefix, type RedisClient, scanKeys, stateKey, type KeptJob, timelineId } from '@ponte/state'
import {
  isTenantName,
  isRecord,
  quarantinedDelivery,
  type RegisteredLead,
  registeredLead,
  parseJson,
} from '@ponte/contracts'
import { queueKinds, queueName, type QueueKind, queuePrefix } from '@ponte/runtime'
import { isUtf8 } from 'node:buffer'
import { gunzipSync } from 'node:zlib'

/** The tenants that have data in Redis, in alphabetical order, including those that are no longer in the tenants file. */
export async function readStoredTenants(redis: RedisClient): Promise<readonly string[]> {
  const found = new Set<string>()
  for await (const keys of scanKeys(redis, '{*}:*'))
    for (const key of keys) {
      const tenant = tenantOfKey(key)
      if (tenant !== undefined) found.add(tenant)
    }
  return [...found].toSorted()
}

/** The tenant of a key. Undefined for keys of other applications, which may group their keys with braces as well. */
export function tenantOfKey(key: string): string | undefined {
  const [, name = ''] = /^\{([^}]*)\}:/.exec(key) ?? []
  if (!isTenantName(name)) return undefined
  const prefixes = [stateKey(name, ''), ...queueKinds.map(kind => `{${name}}:${queueName(name, kind)}:`)]
  return prefixes.some(prefix => key.startsWith(prefix)) ? name : undefined
}

/** A key of Redis with its whole value. */
export interface Entry {
  readonly key: string
  readonly type: string
  readonly value: unknown
  /** Key and value as one text, to search in. */
  readonly text: string
}

/**
 * Yields every key of one tenant, BullMQ's and Ponte's own, but for the lists of all events: these are long and hold ids of timelines only.
 * Keys that exist during the whole scan are never missed.
 */
export async function* readKeyspace(redis: RedisClient, tenant: string): AsyncGenerator<Entry> {
  const lists = eventListPrefix(tenant)
  for await (const found of scanKeys(redis, `{${tenant}}:*`)) {
    const keys = found.filter(key => !key.startsWith(lists))
    const entries = await Promise.all(keys.map(key => readEntry(redis, key)))
    for (const entry of entries) if (entry.type !== 'none') yield entry
  }
}

async function readEntry(redis: RedisClient, key: string): Promise<Entry> {
  const type = await redis.type(key)
  const value = await readValue(redis, key, type)
  return { key, type, value, text: `${key}\n${textIn(value)}` }
}

function readValue(redis: RedisClient, key: string, type: string): Promise<unknown> {
  switch (type) {
    case 'string':
      return redis.get(key)
    case 'hash':
      return redis.hgetall(key)
    case 'list':
      return redis.lrange(key, 0, -1)
    case 'set':
      return redis.smembers(key)
    case 'zset':
      return redis.zrange(key, '0', '-1')
    case 'stream':
      return redis.xrange(key, '-', '+')
    default:
      return Promise.resolve(undefined)
  }
}

/** All texts of a value, one a line. Not as JSON: more escapes would make them harder to search. */
export function textIn(value: unknown): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.map(textIn).join('\n')
  if (typeof value !== 'object' || value === null) return ''
  return Object.entries(value)
    .map(([name, item]) => `${name}\n${textIn(item)}`)
    .join('\n')
}

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
