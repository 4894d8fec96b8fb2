import fc from 'fast-check'
import { describe, expect, inject, test } from 'vitest'
import { parseCrmDelivery } from './crm/parse-crm-delivery.ts'
import type { Delivery } from './delivery.ts'
import { jobs, message, renderMessage, sourceNames } from '@ponte/contracts'
import { parseBody } from './body/parse-body.ts'
import { parse, rule } from './testing/rd-bodies.ts'
import {
  isJsonObject,
  rdBodies,
  crmBodies,
  fromText,
  hostileJson,
  mutated,
  type Json,
} from './testing/hostile-bodies.ts'

/** Number of generated bodies. Each property below uses a part of them; the long run has another seed each time. */
const BODIES = inject('isLongRun') ? 12_000 : 400

/** Rules that read every source, and places with names that no object should have. */
const hostilePlaces = ['__proto__', 'constructor', 'toString', 'cf_plan', 'Cidade', 'UF', 'leads', 'Razão Social']
const hostileSettings = {
  leadFields: { mobilePhone: ['WhatsApp', '__proto__'] },
  fields: [...sourceNames, ...hostilePlaces].map(place => rule([place])),
}
const parseRd = (body: unknown) => parse(body, hostileSettings)

/** How many leads or events a body claims to hold, counted without the parsers. */
function countIn(body: Json): number {
  const lists = Array.isArray(body) ? body : isJsonObject(body) ? readList(body['leads']) : undefined
  return Math.max(lists?.length ?? 1, 1)
}

/** Text is decoded at most three times. */
function readList(leads: unknown, encodings = 3): readonly unknown[] | undefined {
  if (Array.isArray(leads)) return leads
  if (typeof leads !== 'string' || encodings === 0) return undefined
  const parsed = parseBody(Buffer.from(leads.toWellFormed()), { form: false })
  return parsed.ok ? readList(parsed.body, encodings - 1) : undefined
}

const builtIns = Object.getOwnPropertyNames(Object.prototype).join()

const isClean = (text: string | undefined): boolean =>
  text !== undefined && text === text.trim() && !/\p{Cc}|^$/u.test(text) && text.isWellFormed()

function expectSound(delivery: Delivery): void {
  // Compared as one text: `toEqual` of a list is most of the time of a run.
  expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(builtIns)
  for (const event of delivery.events) {
    expect(event.key).toMatch(/^(?:rd1|rd2|crm1)-[\w-]{20}$|^crm-[\w-]{1,64}$/)
    const job = { v: 1, receivedAt: '2026-11-24T12:00:00.000Z', ...event }
    expect(jobs[event.name].data.safeParse(job).error).toBeUndefined()
    if (event.name !== 'lead.registered') continue
    const { messages = [], values = {}, lacks: __, lacksFunnel: _, rehearsal: ___, ...fields } = event.lead
    expect(renderMessage(messages, 'en')).not.toContain('@')
    expect(fields).not.toHaveProperty('polluted')
    expect([...Object.values(fields), ...Object.values(values).flat()].filter(text => !isClean(text))).toEqual([])
  }
  for (const { issues } of delivery.quarantined) {
    expect(issues.length).toBeGreaterThan(0)
    expect(renderMessage(issues, 'en')).not.toContain('@')
  }
}

const countOf = ({ events, quarantined, ignored }: Delivery): number =>
  events.length + quarantined.length + ignored.length

/** The same value with the keys of every object in another order. */
function shuffled(value: Json): Json {
  if (Array.isArray(value)) return value.map(shuffled)
  if (!isJsonObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, member]) => [key, shuffled(member)]),
  )
}

/** The body as a retry sends it: the keys in another order, and another `timestamp` where there is one. */
function redelivered(body: Json): Json {
  const again = shuffled(body)
  return isJsonObject(again) && Object.hasOwn(again, 'timestamp') ? { ...again, timestamp: 'later' } : again
}

const keysOf = ({ events }: Delivery): string[] => events.map(({ key }) => key)

test('any JSON is accounted for by both parsers and breaks neither', () => {
  fc.assert(
    fc.property(fc.oneof(hostileJson, fc.constantFrom('1e999', '[1e999]', '{"leads":1e999}')), json => {
      const body = fromText(json)
      const fromRd = parseRd(body)
      expectSound(fromRd)
      expect(countOf(fromRd)).toBe(countIn(body))
      const fromCrm = parseCrmDelivery(body)
      expectSound(fromCrm)
      expect(countOf(fromCrm)).toBe(1)
    }),
    { numRuns: BODIES * 0.2 },
  )
})

test('a mutated delivery of RD Station causes no error, loses no lead, and is the same event again', () => {
  fc.assert(
    fc.property(mutated(rdBodies), body => {
      const delivery = parseRd(body)
      expectSound(delivery)
      expect(countOf(delivery)).toBe(countIn(body))
      if (isJsonObject(body) && Object.hasOwn(body, '__proto__')) return
      expect(keysOf(parseRd(redelivered(body)))).toEqual(keysOf(delivery))
    }),
    { numRuns: BODIES * 0.4 },
  )
})

test('what is quarantined gives just itself when it is parsed again', () => {
  fc.assert(
    fc.property(mutated(rdBodies), body => {
      for (const part of parseRd(body).quarantined) {
        const again = parseRd(fromText(JSON.stringify(part.body)))
        expect(again).toMatchObject({ events: [], quarantined: [{ code: part.code }], ignored: [] })
      }
    }),
    { numRuns: BODIES * 0.1 },
  )
})

test('two different people never share a key, whatever else their deliveries share', () => {
  const person = fc.record({ uuid: fc.option(fc.uuid()), email: fc.emailAddress({ size: 'small' }) })
  const as = (body: Json, { uuid, email }: { uuid: string | null; email: string }): Json => {
    if (!isJsonObject(body)) return body
    const contact = isJsonObject(body['contact']) ? { contact: { ...body['contact'], uuid, email } } : {}
    const leads = Array.isArray(body['leads'])
      ? { leads: body['leads'].map(lead => (isJsonObject(lead) ? { ...lead, uuid, email } : lead)) }
      : {}
    return { ...body, ...contact, ...leads }
  }
  fc.assert(
    fc.property(mutated(rdBodies), person, person, (body, one, other) => {
      fc.pre(one.email.toLowerCase() !== other.email.toLowerCase() && (one.uuid === null || one.uuid !== other.uuid))
      const mine = new Set(keysOf(parseRd(as(body, one))))
      // A mutation may have removed the person from the body.
      if (JSON.stringify(as(body, one)) === JSON.stringify(as(body, other))) return
      for (const key of keysOf(parseRd(as(body, other)))) expect(mine).not.toContain(key)
    }),
    { numRuns: BODIES * 0.1 },
  )
})

test('a mutated delivery of TOTVS CRM causes no error and is the same event again, unless nothing in it names the event', () => {
  fc.assert(
    fc.property(mutated(crmBodies), fc.constantFrom(undefined, 'opportunity-won', 'nonsense'), (body, intent) => {
      const delivery = parseCrmDelivery(body, intent)
      expectSound(delivery)
      expect(countOf(delivery)).toBe(1)
      const again = keysOf(parseCrmDelivery(shuffled(body), intent))
      if (keysOf(delivery).some(key => key.startsWith('crm-once-'))) expect(again).not.toEqual(keysOf(delivery))
      else expect(again).toEqual(keysOf(delivery))
    }),
    { numRuns: BODIES * 0.1 },
  )
})

test('any bytes are read or refused, as JSON and as a form, and what is read is parsed', () => {
  const text = fc.oneof(
    mutated(rdBodies).map(body => JSON.stringify(body)),
    mutated(rdBodies).map(body => `leads=${encodeURIComponent(JSON.stringify(body).toWellFormed())}`),
    fc.string({ unit: 'binary', maxLength: 40 }),
  )
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 40 }).map(array => Buffer.from(array)),
    text.map(body => Buffer.from(body)),
    fc.tuple(text, fc.nat(), fc.nat(255)).map(([body, at, byte]) => {
      const broken = Buffer.from(body)
      if (broken.length > 0) broken[at % broken.length] = byte
      return broken
    }),
  )
  fc.assert(
    fc.property(bytes, fc.boolean(), (body, form) => {
      const parsed = parseBody(body, { form })
      if (!parsed.ok) {
        expect(renderMessage(parsed.issues, 'en')).not.toContain('@')
        return
      }
      const delivery = parseRd(parsed.body)
      expectSound(delivery)
      expect(countOf(delivery)).toBeGreaterThan(0)
      expect(countOf(parseCrmDelivery(parsed.body))).toBe(1)
    }),
    { numRuns: BODIES * 0.1 },
  )
})

test('values nested a hundred thousand levels deep do not overflow the stack', () => {
  const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)
  const contact = { uuid: null, email: 'ana@example.com', tags: deep, company: deep, custom_fields: { City: deep } }
  expect(parseRd({ leads: [contact] }).quarantined).toHaveLength(1)
  expect(parseRd({ event_type: 'WEBHOOK.CONVERTED', contact }).quarantined).toHaveLength(1)
  expect(parseRd(deep).quarantined).toHaveLength(1)
  expect(parseCrmDelivery({ eventId: null, more: deep }).quarantined).toHaveLength(1)
})

test('objects and lists in lists count like members: more than 10,000 in a lead are not read', () => {
  const lead = (item: unknown, count: number) => ({ leads: [{ email: 'ana@example.com', x: Array(count).fill(item) }] })
  for (const item of [[], {}]) {
    expect(parseRd(lead(item, 9_900)).events).toHaveLength(1)
    expect(parseRd(lead(item, 10_100)).quarantined).toHaveLength(1)
  }
})

describe('more than a thousand events are counted and not read, in every form that leads can have:', () => {
  const leads = (count: number): string => `[${Array<string>(count).fill('{"email":"a@b.example"}').join(',')}]`
  const text = (value: string): string => JSON.stringify(value)
  const forms: [string, (list: string) => string, boolean?][] = [
    ['a list', list => `{"leads":${list}}`],
    ['a list without an envelope', list => list],
    ['JSON text', list => `{"leads":${text(list)}}`],
    ['JSON text that was encoded twice', list => `{"leads":${text(text(list))}}`],
    ['a field of a form', list => `leads=${encodeURIComponent(list)}`, true],
    ['JSON text in a field of a form', list => `leads=${encodeURIComponent(text(list))}`, true],
  ]
  test.each(forms)('%s', (_form, write, form = false) => {
    const read = (count: number) => {
      const parsed = parseBody(Buffer.from(write(leads(count))), { form })
      if (!parsed.ok) return expect.unreachable('the body is JSON')
      return parse(parsed.body)
    }
    expect(read(1000).events).toHaveLength(1000)
    const { events, quarantined, ignored } = read(1001)
    expect([events, ignored]).toEqual([[], []])
    expect(quarantined).toMatchObject([
      { code: 'BODY_TOO_MANY_EVENTS', issues: [message('too-many-events', { path: 'leads', count: 1001 })] },
    ])
  })
})

test.each([
  ['itself', (wide: object) => ({ ...wide })],
  ['the custom fields', (wide: object) => ({ custom_fields: wide })],
  ['the conversion', (wide: object) => ({ last_conversion: { content: wide } })],
  ['the answers of a form', (wide: object) => ({ last_conversion: { content: { conversion_payload: wide } } })],
])('a lead of more fields than anybody has is kept and not read: %s', (_where, write) => {
  const wide = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_unused, index) => [`k${index}`, 1]))
  const read = (count: number) => parse({ leads: [{ email: 'a@b.example', ...write(wide(count)) }] })
  expect(read(1000).events).toHaveLength(1)
  expect(read(2001).quarantined).toMatchObject([
    { issues: [message('too-many-fields', { path: 'leads[0]', count: 2000 })] },
  ])
})
