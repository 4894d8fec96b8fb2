import type { QuarantinedDelivery } from '../jobs/jobs.ts'
import { phoneDigits } from './phone-digits.ts'
import { setImmediate } from 'node:timers/promises'

/** In characters. The rest of a longer body is not searched. */
const MAX_READ = 1024 * 1024
/** If a body names more people, only the first ones are found. */
const MAX_IDENTITIES = 500
/** In characters. Searching this much takes a few milliseconds. */
const PIECE = 32 * 1024
/** No e-mail and no phone extends further than this before or after the place where it is found. */
const AROUND = 400

/** Separates the part before the `@` from other text. Only the 64 characters before the `@` count. */
const notInAddress = /[\s"'<>()[\]{},;:\\/=&]+/u
const domain = /^[^\s"'<>()[\]{},;:\\/=&]{1,250}\.[a-z]{2,63}/iu
const phone = /(?<![\p{L}\p{N}._-])\+?\(?\d(?:[\s().-]{0,3}\d){7,14}(?![\p{L}\p{N}_-])/gu

type Body = Pick<QuarantinedDelivery, 'body' | 'encoding' | 'form'>

/**
 * The e-mails and the digits of the phones in a body that could not be read, by which its delivery is found again. JSON may escape the `@`,
 * and a form may percent-code everything; in another encoding than UTF-8 both are still ASCII. Each is found once. The body is searched
 * only as far as the caller iterates.
 */
export function* identitiesOfDelivery(delivery: Body): Generator<string> {
  for (const found of identitiesByPiece(delivery)) yield* found
}

/** All identities of the body. Other work of the process goes on meanwhile. */
export async function identitiesOfDeliveryInSlices(delivery: Body): Promise<string[]> {
  const all: string[] = []
  await visitInSlices(identitiesByPiece(delivery), found => all.push(...found))
  return all
}

function* identitiesByPiece({ body, encoding, form }: Body): Generator<readonly string[]> {
  const part = body.slice(0, MAX_READ)
  const text = encoding === 'base64' ? Buffer.from(part, 'base64').toString('latin1') : part
  const plain = unescaped(form ? decoded(text) : text)
  const known = new Set<string>()
  for (let start = 0; start < plain.length && known.size < MAX_IDENTITIES; start += PIECE) {
    const from = Math.max(0, start - AROUND)
    const piece = plain.slice(from, start + PIECE + AROUND)
    const found = identitiesIn(piece, { from: start - from, to: start - from + PIECE })
      .filter(identity => !known.has(identity))
      .slice(0, MAX_IDENTITIES - known.size)
    for (const identity of found) known.add(identity)
    yield [...new Set(found)]
  }
}

/** The phones that begin, and the e-mails whose `@` is, between `from` and `to`. */
function identitiesIn(text: string, { from, to }: { readonly from: number; readonly to: number }): string[] {
  const found: string[] = []
  for (let at = text.indexOf('@', from); at !== -1 && at < to; at = text.indexOf('@', at + 1)) {
    const before = text.slice(Math.max(0, at - 64, text.lastIndexOf('@', at - 1) + 1), at)
    const local = before.split(notInAddress).at(-1)
    const host = local && domain.exec(upToNext(text, at))?.[0]
    if (local && host) found.push(`${local}@${host}`.toLowerCase())
  }
  for (const { 0: match, index } of text.matchAll(phone)) {
    const digits = index < from || index >= to ? '' : phoneDigits(match)
    if (digits.length >= 8) found.push(digits)
  }
  return found
}

/** The text that can belong to an `@`: up to the next one, so that a text with many of them is not searched again for each. */
function upToNext(text: string, at: number): string {
  const next = text.indexOf('@', at + 1)
  return text.slice(at + 1, Math.min(next === -1 ? text.length : next, at + 1 + AROUND))
}

/** Encoders of JSON escape these two characters, but no letters and no digits. */
const unescaped = (text: string): string => text.replaceAll('\\u0040', '@').replaceAll(/\\u002b/gi, '+')

/** Decoded as the value of one form field, because that decoder accepts any text. */
const decoded = (text: string): string => new URLSearchParams(`_=${text.replaceAll('&', '%26')}`).get('_') ?? ''

/** One turn of the event loop may take this long; then others are served. */
const SLICE_MS = 15

/** Visits many items in slices, so that the process can serve others in between. */
export async function visitInSlices<Item>(items: Iterable<Item>, visit: (item: Item) => void): Promise<void> {
  let startedAt = performance.now()
  for (const item of items) {
    visit(item)
    if (performance.now() - startedAt < SLICE_MS) continue
    await setImmediate()
    startedAt = performance.now()
  }
}
