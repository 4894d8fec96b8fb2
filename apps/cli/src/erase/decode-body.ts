import { isUtf8 } from 'node:buffer'
import { gunzipSync } from 'node:zlib'

/**
 * A body has at most 1 MiB. One that unpacks to more than this counts as unreadable. The search needs time and memory in proportion to the
 * text, and regular expressions cannot repeat without limit.
 */
const MOST_UNPACKED = 2 * 1024 * 1024

/** The texts in a body: as UTF-8, as UTF-16 and unpacked, and what each of them encodes. Bytes that are not text are returned as UTF-8. */
export function decodeBody(bytes: Buffer): readonly string[] {
  if (!isReadable(bytes)) return [bytes.toString('utf8')]
  const texts = [unpack(bytes), bytes].filter(found => found !== undefined).flatMap(textsOf)
  return [...new Set(texts.flatMap(text => [text, ...codedIn(text)]))]
}

/** Is it text in UTF-8 or UTF-16, packed with gzip or not? In anything else a person would not be found. */
export function isReadable(bytes: Buffer): boolean {
  const plain = unpack(bytes) ?? bytes
  if (isUtf8(plain)) return true
  const zeros = plain.subarray(0, 1024).filter(byte => byte === 0).length
  return zeros * 3 > Math.min(plain.length, 1024)
}

function unpack(bytes: Buffer): Buffer | undefined {
  try {
    return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes, { maxOutputLength: MOST_UNPACKED }) : undefined
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
