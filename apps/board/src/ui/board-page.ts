import type { Language, Texts } from '@ponte/contracts'
import { type EventCounts, readers, type Role, type User } from '@ponte/operations'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type BoardDeps, depsFor } from '../board-deps.ts'
import { languageOf } from './language.ts'
import { type Page, sendPage } from './page.ts'

/** A page of the board: a row of the table (`pages/board-pages.ts`). */
export interface BoardPage {
  readonly path: string
  /** Who may open it. */
  readonly roles: readonly Role[]
  /** How the menu names it, and what it counts there. Without it other pages lead there. */
  readonly menu?: { readonly text: Texts; readonly counts?: keyof EventCounts }
  /** Adds its routes. */
  readonly add: (app: FastifyInstance, deps: BoardDeps) => unknown
}

/** Who asks for a page, and for what. */
export interface Asked<Filters> {
  /** With only the tenants that the user may see, and what has failed as the menu counts it. */
  readonly deps: BoardDeps
  readonly filters: Filters
  readonly language: Language
  readonly user: User | undefined
  /** Milliseconds since 1970. */
  readonly now: number
  readonly request: FastifyRequest
}

/** What is rendered of a page. `language`: default: that of the request. `status`: of HTTP. Default: 200. */
export interface Rendered extends Omit<Page, 'language'> {
  readonly language?: Language
  readonly status?: number
}

interface FilterReader<Filters> {
  /** `now`: milliseconds since 1970. */
  readonly read: (query: unknown, tenants: BoardDeps['tenants'], now: number) => Filters
}

interface PageParts<Filters, Document> {
  readonly path: string
  /** Default: operators and viewers. */
  readonly roles?: readonly Role[]
  readonly menu?: BoardPage['menu']
  /** What the address may choose; or `noFilters`. */
  readonly filters: FilterReader<Filters>
  /** Asks Ponte. */
  readonly read: (asked: Asked<Filters>) => Document | Promise<Document>
  readonly render: (document: Document, asked: Asked<Filters>) => Rendered
  /** Adds the forms that are sent from it, and its files. */
  readonly actions?: readonly BoardPage['add'][]
}

/** Of a page whose address chooses nothing. */
export const noFilters = { read: () => undefined }

/** Who asks with this request, and for what. */
export function askedBy<Filters>(
  request: FastifyRequest,
  all: BoardDeps,
  filters: FilterReader<Filters>,
): Asked<Filters> {
  const { user, query, failedJobs = all.failedJobs } = request
  const deps = { ...depsFor(all, user), failedJobs }
  const now = deps.now?.() ?? Date.now()
  return { deps, filters: filters.read(query, deps.tenants, now), language: languageOf(request), user, now, request }
}

/** Sends what was rendered, also as the answer to a form. */
export const sendRendered = (reply: FastifyReply, { status = 200, ...rendered }: Rendered): FastifyReply =>
  sendPage(reply.code(status), { language: languageOf(reply.request), ...rendered })

/** A page that is asked for by its address: what it may choose, what is read, what is shown. */
export const page = <Filters, Document>({
  path,
  roles = readers,
  menu,
  filters,
  read,
  render,
  actions = [],
}: PageParts<Filters, Document>): BoardPage => ({
  ...{ path, roles, ...(menu && { menu }) },
  async add(app, all) {
    app.get(path, { config: { roles } }, async (request, reply) => {
      const asked = askedBy(request, all, filters)
      return sendRendered(reply, render(await read(asked), asked))
    })
    for (const addActions of actions) await addActions(app, all)
  },
})
