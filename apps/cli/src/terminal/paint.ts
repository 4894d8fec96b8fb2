import { randomUUID } from 'node:crypto'
import { WriteStream } from 'node:tty'
import { styleText } from 'node:util'

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

/** What a part of the output means, and how a terminal shows it: in the terminal's own palette, which suits its background. */
const looks = { heading: 'bold', good: 'green', warning: 'yellow', bad: 'red', quiet: 'dim' } as const

export type Look = keyof typeof looks
/** Marks a part of a line. Without colours the text stays as it is. */
export type Paint = (look: Look, text: string) => string

/** In the colours of a terminal. Nothing of it may be a text of others. */
export const coloured: Paint = (look, text) => styleText(looks[look], text, { validateStream: false })

/**
 * Known to this process alone, so that no text of others holds it. It stands within the escape sequences of painted lines, until
 * `createPrintable` has removed all other sequences from them.
 */
const mark = randomUUID()

export const createPaint =
  (isColoured: boolean): Paint =>
  (look, text) => {
    if (!isColoured) return text
    const [begin = '', end = ''] = coloured(look, ' ').split(' ')
    const marked = (sequence: string): string => sequence.replace('[', `[${mark}`)
    return marked(begin) + text + marked(end)
  }

/** What `createPaint` writes beside texts. The group is what a terminal is to get of it, behind the escape. */
const paintSequence = new RegExp(String.raw`\u001b\[${mark}(\d+m)`)

/** A terminal has colours, unless NO_COLOR is set; a file or a pipe only has them when FORCE_COLOR is set. */
export const hasColours = (stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean =>
  (stream.isTTY === true || env['FORCE_COLOR'] !== undefined) && WriteStream.prototype.hasColors(env)
