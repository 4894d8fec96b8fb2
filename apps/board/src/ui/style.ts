import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

const folder = path.join(import.meta.dirname, 'css')
/** What the others build upon comes first. */
const FIRST = 'base.css'

/** The one style sheet of the board's own pages, from the files in `css/`. Works without JavaScript, on a phone, in the dark. */
export const STYLE = readdirSync(folder)
  .filter(name => name.endsWith('.css'))
  .toSorted((one, other) => Number(other === FIRST) - Number(one === FIRST) || (one < other ? -1 : 1))
  .map(name => readFileSync(path.join(folder, name), 'utf8'))
  .join('')

/** The source by which a Content-Security-Policy allows this style or script. */
export const hashSource = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** The colours alone, for a page with a style sheet of its own. */
export const TOKENS = readFileSync(path.join(folder, 'tokens.css'), 'utf8')
