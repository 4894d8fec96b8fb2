import { paintSequences } from './paint.ts'

/** Moves the cursor, colours, clears, writes backwards, or begins a line. */
const controls = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]+/gu
const plain = (text: string): string => text.replaceAll(controls, ' ')
const ownSequences = new RegExp(`(${paintSequences.map(each => each.replace('[', String.raw`\[`)).join('|')})`)

/**
 * Removes from a line what controls a terminal, except Ponte's own colours. Lines of every command hold texts of others: names of
 * campaigns, answers of other systems, and what somebody typed into a form.
 */
export const createPrintable = (isColoured: boolean): ((line: string) => string) =>
  isColoured
    ? line =>
        line
          .split(ownSequences)
          .map((part, index) => (index % 2 === 1 ? part : plain(part)))
          .join('')
    : plain

/** JSON that is safe to show on a terminal. Control characters are written as escapes, which JSON allows in texts only. */
export const printableJson = (data: object): string =>
  JSON.stringify(data, undefined, 2)
    .split('\n')
    .map(line => line.replaceAll(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu, escaped))
    .join('\n')

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
