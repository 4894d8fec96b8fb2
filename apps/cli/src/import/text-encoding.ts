import { isAscii, isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'

/** How the text of a table may be written. `bytes`: each record is in UTF-8 or in Latin-1, and each byte of it is one character so far. */
export type TextEncoding = 'utf-16le' | 'utf-16be' | 'bytes'

/** Stands for bytes that are no character of the encoding. */
export const UNREADABLE = '\ufffd'

const BYTE_ORDER_MARK_OF_UTF_8 = '\u00ef\u00bb\u00bf'

/** UTF-16 begins with a byte order mark, or with a character of ASCII: half of its bytes are zero. */
export async function detectEncoding(file: string): Promise<TextEncoding> {
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0)
    const [first = 1, second = 1] = buffer.subarray(0, bytesRead)
    if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return 'utf-16le'
    return (first === 0xfe && second === 0xff) || (first === 0 && second !== 0) ? 'utf-16be' : 'bytes'
  } finally {
    await handle.close()
  }
}

/** The text of a file, without a byte order mark. `onRead`: how many bytes have been read. */
export async function* textOf(
  file: string,
  encoding: TextEncoding,
  onRead: (bytes: number) => void = () => undefined,
): AsyncGenerator<string> {
  const decoder = encoding === 'bytes' ? undefined : new TextDecoder(encoding)
  let bytes = 0
  for await (const chunk of createReadStream(file)) {
    if (!(chunk instanceof Buffer)) continue
    const text = decoder?.decode(chunk, { stream: true }) ?? chunk.toString('latin1')
    yield bytes === 0 && text.startsWith(BYTE_ORDER_MARK_OF_UTF_8) ? text.slice(BYTE_ORDER_MARK_OF_UTF_8.length) : text
    bytes += chunk.length
    onRead(bytes)
  }
  if (decoder !== undefined) yield decoder.decode()
}

/**
 * A record by itself, because tables are put together from several: in UTF-8 where it is valid, else in what Windows calls Latin-1. One
 * that has characters of UTF-8 and other bytes is damaged: it holds `UNREADABLE`.
 */
export function decodeRecord(record: string, encoding: TextEncoding): string {
  if (encoding !== 'bytes') return record
  const bytes = Buffer.from(record, 'latin1')
  if (isAscii(bytes)) return record
  if (isUtf8(bytes)) return bytes.toString('utf8')
  const text = bytes.toString('utf8')
  const hasCharacters = /[^\0-\u007f\ufffd]/u.test(text)
  return hasCharacters ? text : new TextDecoder('windows-1252').decode(bytes)
}
