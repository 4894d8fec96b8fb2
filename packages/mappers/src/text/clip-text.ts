/** The length of a text field in TOTVS CRM, in UTF-16 units (docs/vendors/totvs-crm.md#lead). */
export const MAX_TEXT_LENGTH = 255

const graphemes = new Intl.Segmenter('pt-BR', { granularity: 'grapheme' })

/**
 * At most `max` UTF-16 units of a text, cut between two graphemes (what a reader sees as one character), without the
 * spaces that the cut leaves at the end. The result never holds a lone surrogate.
 */
export function clipText(text: string, max = MAX_TEXT_LENGTH): { text: string; clipped: boolean } {
  if (text.length <= max) return { text: text.toWellFormed(), clipped: false }

  // Nothing after the code point at the limit decides whether a grapheme crosses it. So only the head is segmented, even of a megabyte.
  const head = text.slice(0, max + 2).toWellFormed()
  const end = graphemes.segment(head).containing(max)?.index ?? 0
  const clipped = end > 0 ? head.slice(0, end) : wholeCodePoints(text.slice(0, max))
  return { text: clipped.trimEnd(), clipped: true }
}

/** For a first grapheme that alone exceeds the limit (hundreds of combining marks): a part of it is better than an empty text. */
const wholeCodePoints = (text: string): string => text.replace(/[\uD800-\uDBFF]$/, '').toWellFormed()
