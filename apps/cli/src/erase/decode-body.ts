import { isUtf8 } from 'node:buffer'
import { gunzipSync } from 'node:zlib'

/**
 * A body is at most 1 MiB. What grows beyond this when it is unpacked counts as unread: the search takes time and memory with the length
 * of a text, and a regular expression has an end to what it can repeat.
 */
const MOST_UNPACKED = 2 * 1024 * 1024

/** What the bytes of a body say in plain: as UTF-8, as UTF-16 and unpacked, and what is coded inside of each. Of what is no text as it is. */
export function decodeBody(bytes: Buffer): readonly string[] {
  if (!isReadable(bytes)) return [bytes.toString('utf8')]
  const texts = [unpack(bytes), bytes].filter(found => found !== undefined).flatMap(textsOf)
  return [...new Set(texts.flatMap(text => [text, ...codedIn(text)]))]
}

/** Whether somebody could read it: text in UTF-8 or UTF-16, also packed with gzip. Else a person may be in it unseen. */
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

/** Latin letters in UTF-16 have a zero byte each. */
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
