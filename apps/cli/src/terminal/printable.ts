import { paintSequence } from './paint.ts'

/** Moves the cursor, colours, clears, writes backwards, or begins a line. */
const controls = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]+/gu
const plain = (text: string): string => text.replaceAll(controls, ' ')

/**
 * Removes from a line what controls a terminal, except what Ponte itself has painted. Lines of every command hold texts of others: names of
 * campaigns, answers of other systems, and what somebody typed into a form.
 */
export const createPrintable =
  (isColoured: boolean): ((line: string) => string) =>
  line =>
    line
      .split(paintSequence)
      .map((part, index) => (index % 2 === 0 ? plain(part) : isColoured ? `\u001b[${part}` : ''))
      .join('')

/** JSON that is safe to show on a terminal. Control characters are written as escapes, which JSON allows in texts only. */
export const printableJson = (data: object): string =>
  JSON.stringify(data, undefined, 2)
    .split('\n')
    .map(line => line.replaceAll(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu, escaped))
    .join('\n')

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
