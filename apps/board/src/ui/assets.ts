import { readFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** The board's picture: in the tab of the browser and beside its name. */
export const LOGO = '/assets/ponte.svg'

/** Serves the picture, also to the login page. */
export async function addAssets(app: FastifyInstance): Promise<void> {
  const logo = await readFile(new URL('assets/ponte.svg', import.meta.url), 'utf8')
  app.get(LOGO, { config: { public: true } }, async (_request, reply) =>
    reply.header('cache-control', 'public, max-age=86400').type('image/svg+xml').send(logo),
  )
}

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
