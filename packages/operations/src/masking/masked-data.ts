import { isRecord, parseJson, registeredLead } from '@ponte/contracts'
import { bodyNames, bodyPlaces, jobPlaces, type Places } from './shown-places.ts'

/** In characters. A longer body is not searched on this thread: that would block every other page. */
export const MAX_PARSED = 64 * 1024
/** Deeper than any honest body. A hostile body must not break the page that shows it. */
export const MAX_DEPTH = 32
/** The most items of a list, and members of an object, that are shown. */
const MAX_MEMBERS = 100

export const MASK = '***'

/**
 * A job's data as the board shows them to everybody. Ponte's own ids, codes, counts and times are shown, each at its place only. Everything
 * else is masked, also names of members, because a person may have written them.
 */
export function maskJobData(data: unknown): unknown {
  if (!isRecord(data)) return maskTree(data, job)
  const { body, ...rest } = data
  const shown = maskTree(rest, job)
  if (body === undefined) return shown
  const tree = typeof body === 'string' ? maskBody(body, data) : maskTree(body, delivery)
  return { body: tree, ...(isRecord(shown) && shown) }
}

/** Which values are shown, and which names of members. */
interface Shown {
  readonly places: Places
  readonly isName: (path: string) => boolean
}

const delivery: Shown = { places: bodyPlaces, isName: namesOf(bodyNames) }

/** The schema defines the members of a lead and of an event (packages/contracts/src/jobs). */
const leadNames = Object.keys(registeredLead.shape)
const fieldNames = [...leadNames, 'body', 'opportunityId', 'contextUrl']
const job: Shown = {
  places: jobPlaces,
  isName: namesOf([
    ...Object.keys(jobPlaces),
    ...leadNames.map(name => `lead.${name}`),
    ...fieldNames.map(name => `edited.original.${name}`),
    ...['contextUrl', 'trace.tracestate'],
  ]),
}

/** Tells whether a path is one of these, or the beginning of one. */
function namesOf(paths: Iterable<string>): (path: string) => boolean {
  const all = new Set<string>()
  for (const path of paths) {
    const parts = path.split('.')
    for (let length = 1; length <= parts.length; length += 1) all.add(parts.slice(0, length).join('.'))
  }
  return path => all.has(path)
}

/** A body that can be read is shown as a tree, because an operator wants to see which members it has. */
function maskBody(body: string, { encoding, form }: Readonly<Record<string, unknown>>): unknown {
  if (encoding === 'base64') return `${MASK} (${Buffer.byteLength(body, 'base64')} bytes, not text)`
  const parsed = body.length > MAX_PARSED ? undefined : readBody(body, form === true)
  return parsed === undefined ? `${MASK} (${body.length} characters)` : maskTree(parsed, delivery)
}

/** Reads JSON, or a form with JSON in its field `leads`. Any other form is not read, because even its names may be personal. */
export function readBody(body: string, form: boolean): unknown {
  const parsed = parseJson(body)
  if (parsed !== undefined || !form) return parsed
  const leads = new URLSearchParams(body).get('leads')
  return leads === null ? undefined : { leads: parseJson(leads) ?? leads }
}

function maskTree(value: unknown, shown: Shown, path = '', depth = 0): unknown {
  if (depth > MAX_DEPTH) return '…'
  const below = (name: string): string => (path === '' ? name : `${path}.${name}`)
  if (Array.isArray(value)) {
    const items = value.slice(0, MAX_MEMBERS).map(item => maskTree(item, shown, below('*'), depth + 1))
    return value.length > MAX_MEMBERS ? [...items, `… (${value.length})`] : items
  }
  if (isRecord(value)) {
    const members = Object.entries(value)
    const masked = members.slice(0, MAX_MEMBERS).map(([name, item], index) => {
      // Below a masked name everything is masked.
      const isKnown = shown.isName(below(name))
      return [isKnown ? name : `${MASK} ${index + 1}`, maskTree(item, shown, isKnown ? below(name) : MASK, depth + 1)]
    })
    const more = members.length > MAX_MEMBERS ? [['…', members.length]] : []
    return Object.fromEntries([...masked, ...more])
  }
  // Relays send `leads` as JSON inside a text.
  const inner = path === 'leads' && typeof value === 'string' ? parseJson(value) : undefined
  if (inner !== undefined) return maskTree(inner, shown, path, depth + 1)
  if (value === null || value === '') return value
  const isShown = Object.hasOwn(shown.places, path) && shown.places[path]?.(value) === true
  return isShown ? value : MASK
}
