import { WriteStream } from 'node:tty'
import { styleText } from 'node:util'

/** What a part of the output means, and how a terminal shows it: in the terminal's own palette, which suits its background. */
const looks = { heading: 'bold', good: 'green', warning: 'yellow', bad: 'red', quiet: 'dim' } as const

export type Look = keyof typeof looks
/** Marks a part of a line. Without colours the text stays as it is. */
export type Paint = (look: Look, text: string) => string

export const createPaint = (isColoured: boolean): Paint =>
  isColoured ? (look, text) => styleText(looks[look], text, { validateStream: false }) : (_look, text) => text

/** All that `createPaint` writes beside texts: escape sequences. */
export const paintSequences: readonly string[] = [
  ...new Set(Object.values(looks).flatMap(look => styleText(look, ' ', { validateStream: false }).split(' '))),
]

/** A terminal has colours, unless NO_COLOR is set; a file or a pipe only has them when FORCE_COLOR is set. */
export const hasColours = (stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean =>
  (stream.isTTY === true || env['FORCE_COLOR'] !== undefined) && WriteStream.prototype.hasColors(env)
