/** The most characters of a record. The longest that RD Station writes, with 100 events, has some 10,000. */
const LONGEST_RECORD = 256 * 1024

/** One record as it stands in the file, without its line break. */
export interface RawRecord {
  /** Empty when it is too long. */
  readonly text: string
  readonly cells: number
  readonly isTooLong: boolean
  /** The file ended within quotes. */
  readonly isUnclosed: boolean
}

/**
 * Splits a table into records as its text comes. A record that is too long is counted and dropped, so that neither a cell of a gigabyte nor
 * a quote that is never closed costs memory.
 */
export function createRecordSplitter(initialSeparators: string) {
  let separators = initialSeparators
  let text = ''
  let length = 0
  let cells = 1
  let isQuoted = false
  let isAtStart = true
  let hasJustClosed = false
  let isAfterReturn = false

  const keep = (part: string): void => {
    length += part.length
    text = length > LONGEST_RECORD ? '' : text + part
  }
  const end = (isUnclosed = false): RawRecord => {
    const record = { text, cells, isTooLong: length > LONGEST_RECORD, isUnclosed }
    text = ''
    length = 0
    cells = 1
    isAtStart = true
    hasJustClosed = false
    return record
  }

  function* push(chunk: string): Generator<RawRecord> {
    let from = 0
    for (let at = 0; at < chunk.length; at += 1) {
      const character = chunk.charAt(at)
      if (isQuoted) {
        isQuoted = character !== '"'
        hasJustClosed = !isQuoted
        continue
      }
      if (isAfterReturn) {
        isAfterReturn = false
        if (character === '\n') {
          from = at + 1
          continue
        }
      }
      if (character === '\n' || character === '\r') {
        keep(chunk.slice(from, at))
        from = at + 1
        isAfterReturn = character === '\r'
        yield end()
        continue
      }
      const isSeparator = separators.includes(character)
      // A second quote right after the closing one stands for a quote, and the cell goes on.
      isQuoted = character === '"' && (isAtStart || hasJustClosed)
      if (isSeparator) cells += 1
      isAtStart = isSeparator
      hasJustClosed = false
    }
    keep(chunk.slice(from))
  }

  return {
    push,
    /** From now on only this character ends a cell. It counts from the record after the last one that was yielded. */
    separateBy: (separator: string): void => void (separators = separator),
    /** What stands after the last line break. */
    *end(): Generator<RawRecord> {
      if (length > 0) yield end(isQuoted)
    },
  }
}
