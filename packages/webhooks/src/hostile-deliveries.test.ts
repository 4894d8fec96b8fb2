import fc from 'fast-check'
import { describe, expect, inject, test } from 'vitest'
import { parseCrmDelivery } from './crm/parse-crm-delivery.ts'
import type { Delivery } from './delivery.ts'
import { fixtureBytes, fixtureNames } from './fixtures.ts'
import { jobs, message, renderMessage } from '@ponte/contracts'
import { parseBody } from './body/parse-body.ts'
import { parseRdDelivery } from './rd/parse-rd-delivery.ts'

/** Generated bodies in all, of which the properties below take a part each; another seed each time. */
const BODIES = inject('isLongRun') ? 12_000 : 3000

const options = { leadFields: { mobilePhone: ['WhatsApp', '__proto__'] }, acceptSyntheticConversions: false }
const parseRd = (body: unknown) => parseRdDelivery(body, options)

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
const isJsonObject = (value: Json | undefined): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const jsonFixtures = (folder: 'rd-webhooks' | 'totvs-crm'): string[] =>
  fixtureNames(folder)
    .filter(name => name.endsWith('.json'))
    .map(name => fixtureBytes(folder, name).toString('utf8'))
const rdBodies = jsonFixtures('rd-webhooks')
const crmBodies = jsonFixtures('totvs-crm')

/** `JSON.parse` makes `__proto__` a key like any other: worse than what `parseBody` lets through. */
const fromText = (text: string): Json => JSON.parse(text)

const nested = (depth: number): string => `${'{"a":['.repeat(depth)}${']}'.repeat(depth)}`
const polluting = [
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '[{"__proto__":{"polluted":true},"email":"x@example.com"}]',
]
const hostileTexts = [
  '',
  ' ',
  '\u0000',
  '\ud800',
  '\udc00\u0000',
  'null',
  '__proto__',
  'toString',
  '[]',
  '[null]',
  '[[1]]',
  '{}',
  '['.repeat(5000),
  '{"a":'.repeat(300),
  '{"leads":[]}',
  'x'.repeat(3000),
  '12345678',
  '+55 (41) 99999-8888',
  'a@b.co',
  'A@B.CO ',
  `${'a'.repeat(300)}@b.co`,
  'é@b.co',
  '2026-13-45T99:99:99Z',
  '9999-12-31T23:59:59-23:00',
  'WEBHOOK.CONVERTED',
  'crm_deal_created',
  'TASK_CREATED',
  'Opportunity lost',
  'Lead created',
  ...polluting,
]
/** As JSON text, so that no two bodies share a part that a mutation could change. */
const hostileJson: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...hostileTexts).map(text => JSON.stringify(text)),
  fc.constantFrom('0', '-0', '-1', '5e-324', '9007199254740993', 'true', 'false', 'null', '[]', '{}', '[[]]'),
  fc.constantFrom(nested(300), ...polluting),
  fc.json({ maxDepth: 3 }),
)

interface Mutation {
  readonly at: number
  readonly how: 'replace' | 'drop' | 'wrap' | 'pollute' | 'repeat' | 'as text'
  readonly value: string
}
const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat(),
  how: fc.constantFrom('replace', 'replace', 'replace', 'drop', 'wrap', 'pollute', 'repeat', 'as text'),
  value: hostileJson,
})
const mutated = (bodies: readonly string[]): fc.Arbitrary<Json> =>
  fc
    .tuple(fc.constantFrom(...bodies), fc.array(mutation, { minLength: 1, maxLength: 4 }))
    .map(([text, mutations]) => mutations.reduce(mutate, fromText(text)))

/** Any place of a body can be hit, those that an earlier mutation made included. */
function mutate(body: Json, { at, how, value }: Mutation): Json {
  const root: Json[] = [body]
  const places = placesIn(root)
  const place = places[at % places.length]
  if (place === undefined) return body
  const current = place.get()
  if (how === 'drop') place.drop()
  else if (how === 'wrap') place.set([current])
  else if (how === 'as text') place.set(JSON.stringify(current))
  else if (how === 'repeat') place.set([current, fromText(JSON.stringify(current))])
  else if (how === 'pollute' && isJsonObject(current)) {
    for (const key of ['__proto__', 'constructor']) define(current, key, fromText(value))
  } else place.set(fromText(value))
  return root[0] ?? null
}

/** Assigning to `__proto__` would change the prototype of the body itself. */
const define = (object: object, key: string, value: Json): void =>
  void Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })

interface Place {
  get(): Json
  set(value: Json): void
  drop(): void
}

function placesIn(root: Json[], limit = 400): Place[] {
  const places: Place[] = []
  const pending: Json[] = [root]
  for (let holder = pending.pop(); holder !== undefined && places.length < limit; holder = pending.pop()) {
    if (Array.isArray(holder)) {
      const list = holder
      for (const [index, item] of list.entries()) {
        places.push({
          get: () => item,
          set: value => void list.splice(index, 1, value),
          drop: () => void list.splice(index, 1),
        })
        pending.push(item)
      }
    } else if (isJsonObject(holder)) {
      const object = holder
      for (const [key, member] of Object.entries(object)) {
        places.push({
          get: () => member,
          set: value => define(object, key, value),
          drop: () => void Reflect.deleteProperty(object, key),
        })
        pending.push(member)
      }
    }
  }
  return places
}

/** How many things a body says it holds, counted without the parsers. */
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
    expect(event.key).toMatch(/^(?:rd1|rd2)-[0-9a-f]{64}$|^crm-(?:sha256-)?[A-Za-z0-9_-]{1,64}$/)
    const job = { v: 1, receivedAt: '2026-11-24T12:00:00.000Z', ...event }
    expect(jobs[event.name].data.safeParse(job).error).toBeUndefined()
    if (event.name !== 'lead.registered') continue
    const { notes, messages = [], ...fields } = event.lead
    expect(notes).toEqual([])
    expect(renderMessage(messages, 'en')).not.toContain('@')
    expect(fields).not.toHaveProperty('polluted')
    expect(Object.values(fields).filter(text => !isClean(text))).toEqual([])
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

/** As a retry sends it: the keys in another order, and another `timestamp` where there is one. */
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

test('a mutated delivery of RD Station breaks nothing, loses no lead, and is the same event again', () => {
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
      // A mutation may have left no place for a person.
      if (JSON.stringify(as(body, one)) === JSON.stringify(as(body, other))) return
      for (const key of keysOf(parseRd(as(body, other)))) expect(mine).not.toContain(key)
    }),
    { numRuns: BODIES * 0.1 },
  )
})

test('a mutated delivery of TOTVS CRM breaks nothing and is the same event again, unless nothing in it names the event', () => {
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
  expect(parseRd({ leads: [contact] }).events).toHaveLength(1)
  expect(parseRd({ event_type: 'WEBHOOK.CONVERTED', contact }).events).toHaveLength(1)
  expect(parseRd(deep).quarantined).toHaveLength(1)
  expect(parseCrmDelivery({ eventId: null, more: deep }).quarantined).toHaveLength(1)
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
      return parseRdDelivery(parsed.body, { leadFields: {}, acceptSyntheticConversions: false })
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
  const read = (count: number) =>
    parseRdDelivery(
      { leads: [{ email: 'a@b.example', ...write(wide(count)) }] },
      { leadFields: {}, acceptSyntheticConversions: false },
    )
  expect(read(1000).events).toHaveLength(1)
  expect(read(2001).quarantined).toMatchObject([
    { issues: [message('too-many-fields', { path: 'leads[0]', count: 2000 })] },
  ])
})
