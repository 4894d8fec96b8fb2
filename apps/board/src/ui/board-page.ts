import type { Language, Texts } from '@ponte/contracts'
import { readers, type Role, type User } from '@ponte/operations'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type BoardDeps, depsFor } from '../board-deps.ts'
import type { EventCounts } from '@ponte/operations'
import { languageOf } from './language.ts'
import { type Page, sendPage } from './page.ts'

/** How the menu names a page, and what it counts there. */
export interface MenuEntry {
  readonly text: Texts
  readonly counts?: keyof EventCounts
}

/** A page of the board: a row of the table (`pages/board-pages.ts`). */
export interface BoardPage<Deps = BoardDeps> {
  readonly path: string
  /** Who may open it. */
  readonly roles: readonly Role[]
  /** Without it other pages lead there. */
  readonly menu?: MenuEntry
  /** Adds the page, and the forms that are sent from it. */
  readonly add: (app: FastifyInstance, deps: Deps) => unknown
}

/** Who asks for a page, and for what. */
export interface Asked<Filters> {
  readonly filters: Filters
  readonly language: Language
  readonly user: User | undefined
  /** Milliseconds since 1970. */
  readonly now: number
  readonly request: FastifyRequest
}

/** What is rendered of a page. `status`: of HTTP. Default: 200. */
export interface Rendered extends Omit<Page, 'language'> {
  /** Default: that of the request. */
  readonly language?: Language
  readonly status?: number
}

interface PageParts<Deps extends BoardDeps, Filters, Document> {
  readonly path: string
  /** Default: operators and viewers. */
  readonly roles?: readonly Role[]
  readonly menu?: MenuEntry
  /** What the address may choose, of the tenants that the user may see; or `noFilters`. */
  readonly filters: { readonly read: (query: unknown, tenants: Deps['tenants']) => Filters }
  /** Asks Ponte. `deps`: with only the tenants that the user may see. */
  readonly read: (deps: Deps, asked: Asked<Filters>) => Document | Promise<Document>
  readonly render: (document: Document, asked: Asked<Filters>) => Rendered | Promise<Rendered>
  /** The forms that are sent from it, and its files. */
  readonly actions?: (app: FastifyInstance, deps: Deps) => unknown
}

/** Of a page whose address chooses nothing. */
export const noFilters = { read: () => undefined }

/** A page that is asked for by its address: what it may choose, what is read, what is shown. */
export const page = <Deps extends BoardDeps, Filters, Document>({
  path,
  roles = readers,
  menu,
  filters,
  read,
  render,
  actions,
}: PageParts<Deps, Filters, Document>): BoardPage<Deps> => ({
  ...{ path, roles, ...(menu && { menu }) },
  add(app, all) {
    app.get(path, { config: { roles } }, async (request, reply) => {
      const { user } = request
      const language = languageOf(request)
      const deps = depsFor(all, user)
      const chosen = filters.read(request.query, deps.tenants)
      const asked = { filters: chosen, language, user, now: Date.now(), request }
      const { status = 200, ...rendered } = await render(await read(deps, asked), asked)
      return sendPage(reply.code(status), { language, ...rendered })
    })
    return actions?.(app, all)
  },
})
