import type { QuarantinedDelivery } from '../jobs/jobs.ts'
import { phoneDigits } from './phone-digits.ts'

/** In characters. A longer body is looked through as far as this. */
const MOST_READ = 1024 * 1024
/** Of a body that names more people, the first are found. */
const MOST_IDENTITIES = 500

/** Lengths are bounded, so that a long text without spaces costs no time. */
const email = /[^\s"'<>()[\]{},;:\\/=&@]{1,64}@[^\s"'<>()[\]{},;:\\/=&@]{1,250}\.[a-z]{2,63}/giu
const phone = /(?<![\p{L}\p{N}._-])\+?\(?\d(?:[\s().-]{0,3}\d){7,14}(?![\p{L}\p{N}_-])/gu

/**
 * The e-mails and the digits of the phones in a body that could not be read, by which its delivery is found again. In JSON `@` may
 * be escaped, in a form everything may be percent-coded; in another encoding than UTF-8 both are still ASCII.
 */
export function identitiesOfDelivery({
  body,
  encoding,
  form,
}: Pick<QuarantinedDelivery, 'body' | 'encoding' | 'form'>): string[] {
  const part = body.slice(0, MOST_READ)
  const text = encoding === 'base64' ? Buffer.from(part, 'base64').toString('latin1') : part
  const plain = unescaped(form ? decoded(text.replaceAll('+', ' ')) : text)
  const found = new Set<string>()
  const add = (identity: string): void => {
    if (found.size < MOST_IDENTITIES) found.add(identity)
  }
  for (const [match] of plain.matchAll(email)) add(match.toLowerCase())
  for (const [match] of plain.matchAll(phone)) {
    const digits = phoneDigits(match)
    if (digits.length >= 8) add(digits)
  }
  return [...found]
}

const unescaped = (text: string): string =>
  text.replaceAll(/\\u([0-9a-f]{4})/gi, (_all, code: string) => String.fromCharCode(Number.parseInt(code, 16)))

const decoded = (text: string): string =>
  text.replaceAll(/(?:%[0-9a-f]{2})+/gi, found => {
    try {
      return decodeURIComponent(found)
    } catch {
      return found
    }
  })
