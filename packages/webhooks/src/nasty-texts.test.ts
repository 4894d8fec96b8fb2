import { sourceNames } from '@ponte/contracts'
import { expect, inject, test } from 'vitest'
import { parseBody } from './body/parse-body.ts'
import { parseCrmDelivery } from './crm/parse-crm-delivery.ts'
import { crmBodies, fromText, isJsonObject, type Json, rdBodies } from './testing/hostile-bodies.ts'
import { nastyTexts, plainText } from './testing/nasty-texts.ts'
import { parse, rule } from './testing/rd-bodies.ts'

/** Rules that read every source. */
const settings = { fields: sourceNames.map(place => rule([place])) }
const readRd = (body: unknown): unknown => parse(body, settings)
const readCrm = (body: unknown): unknown => parseCrmDelivery(body)

/** Every place of a value or a name, once for all bodies. Lists count as one place. */
type Path = readonly (string | number)[]
interface Place {
  readonly body: string
  readonly path: Path
  readonly part: 'value' | 'name'
}

function placesIn(bodies: readonly string[]): Place[] {
  const places = new Map<string, Place>()
  for (const body of bodies) {
    for (const path of pathsIn(fromText(body))) {
      const name = path.map(key => (typeof key === 'number' ? '*' : key)).join('.')
      for (const part of ['value', 'name'] as const)
        if (!places.has(`${part} ${name}`)) places.set(`${part} ${name}`, { body, path, part })
    }
  }
  return [...places.values()]
}

function pathsIn(value: Json, path: Path = []): Path[] {
  if (Array.isArray(value)) return value.slice(0, 1).flatMap(item => pathsIn(item, [...path, 0]))
  if (!isJsonObject(value)) return [path]
  return Object.entries(value).flatMap(([key, member]) => [[...path, key], ...pathsIn(member, [...path, key])])
}

function put(text: string, { path, part }: Place, value: Json, depth = 0): Json {
  const key = path[depth]
  if (key === undefined) return text
  if (Array.isArray(value))
    return value.map((item, index) => (index === key ? put(text, { body: '', path, part }, item, depth + 1) : item))
  if (!isJsonObject(value)) return value
  const isLast = depth === path.length - 1
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      if (name !== key) return [name, member]
      return isLast && part === 'name' ? [text, member] : [name, put(text, { body: '', path, part }, member, depth + 1)]
    }),
  )
}

/** This thread's CPU time in milliseconds, so that other load of the machine does not matter. */
function costOf(work: () => void): number {
  const start = process.threadCpuUsage()
  work()
  const { user, system } = process.threadCpuUsage(start)
  return (user + system) / 1000
}

/**
 * A text of 32 KiB takes a few milliseconds in linear time, and half a second to minutes in more than that. Slower cases are tried again,
 * because a garbage collection may have come in between.
 */
const MAX_MS = 100

const systems = { 'RD Station': { bodies: rdBodies, read: readRd }, 'TOTVS CRM': { bodies: crmBodies, read: readCrm } }

const kinds: readonly (readonly [kind: string, text: string])[] = [
  ['a plain text', plainText],
  ...Object.entries(nastyTexts),
]

/** All kinds at each place. In a short run a quarter of them, so that each kind is still at many places. */
const kindsFor = (place: number): typeof kinds =>
  inject('isLongRun') ? kinds : kinds.filter((_kind, index) => index % 4 === place % 4)

test.each(Object.entries(systems))(
  'no text at any place of a body of %s keeps its parser busy',
  (_system, { bodies, read }) => {
    const places = placesIn(bodies)
    expect(places.length).toBeGreaterThan(20)
    const slow: string[] = []
    for (const [index, place] of places.entries()) {
      for (const [kind, text] of kindsFor(index)) {
        const bytes = Buffer.from(JSON.stringify(put(text, place, fromText(place.body))).toWellFormed())
        const cost = (): number =>
          costOf(() => {
            const parsed = parseBody(bytes, { form: false })
            if (parsed.ok) read(parsed.body)
          })
        if (cost() > MAX_MS && Math.min(cost(), cost()) > MAX_MS)
          slow.push(`${kind} as the ${place.part} of ${place.path.join('.')}`)
      }
    }
    expect(slow).toEqual([])
  },
)
