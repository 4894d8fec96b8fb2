import fc from 'fast-check'
import { fixtureBytes, fixtureNames } from '../fixtures.ts'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export const isJsonObject = (value: Json | undefined): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const jsonFixtures = (folder: 'rd-webhooks' | 'totvs-crm'): string[] =>
  fixtureNames(folder)
    .filter(name => name.endsWith('.json'))
    .map(name => fixtureBytes(folder, name).toString('utf8'))
export const rdBodies = jsonFixtures('rd-webhooks')
export const crmBodies = jsonFixtures('totvs-crm')

/** `JSON.parse` makes `__proto__` an ordinary key, which is worse than anything that `parseBody` lets through. */
export const fromText = (text: string): Json => JSON.parse(text)

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
export const hostileJson: fc.Arbitrary<string> = fc.oneof(
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
export const mutated = (bodies: readonly string[]): fc.Arbitrary<Json> =>
  fc
    .tuple(fc.constantFrom(...bodies), fc.array(mutation, { minLength: 1, maxLength: 4 }))
    .map(([text, mutations]) => mutations.reduce(mutate, fromText(text)))

/** Changes any place of a body, including those that an earlier mutation made. */
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
