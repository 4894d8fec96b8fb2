import { isAscii } from 'node:buffer'
import { createReadStream } from 'node:fs'

/** How the text of a table may be written. `windows-1252` is what Windows calls Latin-1. */
export type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252'

/** Stands for bytes that are no character of the encoding. */
export const UNREADABLE = '\ufffd'

/** Finds out how a file is written: by its first bytes, else by whether its text is UTF-8. Reads the whole file. */
export async function detectEncoding(file: string): Promise<TextEncoding> {
  const decoder = new TextDecoder('utf-8')
  const found = { unreadable: 0, readable: 0 }
  let isFirst = true
  const count = (text: string): void => {
    for (const character of text) {
      if (character === UNREADABLE) found.unreadable += 1
      else if (character > '\u007f') found.readable += 1
    }
  }
  for await (const chunk of chunksOf(file)) {
    if (isFirst) {
      const wide = wideEncoding(chunk)
      if (wide !== undefined) return wide
      isFirst = false
    }
    // Most files are ASCII for the greater part, which needs no decoding.
    if (isAscii(chunk)) continue
    count(decoder.decode(chunk, { stream: true }))
  }
  count(decoder.decode())
  // Some damaged characters do not make a file Latin-1: their records are named.
  return found.unreadable > found.readable ? 'windows-1252' : 'utf-8'
}

/** UTF-16 begins with a byte order mark, or with a character of ASCII: half of its bytes are zero. */
function wideEncoding([first = 1, second = 1]: Buffer): TextEncoding | undefined {
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return 'utf-16le'
  return (first === 0xfe && second === 0xff) || (first === 0 && second !== 0) ? 'utf-16be' : undefined
}

/** The text of a file, without a byte order mark. `onRead`: how many bytes have been read. */
export async function* textOf(
  file: string,
  encoding: TextEncoding,
  onRead: (bytes: number) => void = () => undefined,
): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding)
  let bytes = 0
  for await (const chunk of chunksOf(file)) {
    bytes += chunk.length
    onRead(bytes)
    yield decoder.decode(chunk, { stream: true })
  }
  yield decoder.decode()
}

async function* chunksOf(file: string): AsyncGenerator<Buffer> {
  for await (const chunk of createReadStream(file)) if (chunk instanceof Buffer) yield chunk
}
