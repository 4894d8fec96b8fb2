import type { Readable } from 'node:stream'
import { type Language, textIn, type Texts } from '@ponte/contracts'
import { type EventCounts, readers, type Role, type User } from '@ponte/operations'
import type { Tenant } from '@ponte/runtime'
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify'
import { z } from 'zod'
import { type BoardDeps, depsFor } from '../board-deps.ts'
import { languageOf } from './language.ts'
import { type Message, type Page, renderNotice, sendPage } from './page.ts'
import { addressOf } from './shell.ts'

/** A page of the board: a row of the table (`pages/board-pages.ts`). */
export interface BoardPage {
  readonly path: string
  /** Who may open it. */
  readonly roles: readonly Role[]
  /** What the page is called, and its name in the menu. */
  readonly title: Texts
  /** It stands in the menu, with what it counts there. Without it other pages lead there. */
  readonly menu?: { readonly counts?: keyof EventCounts }
  /** Adds its routes. */
  readonly add: (app: FastifyInstance, deps: BoardDeps) => unknown
}

/** A page that is asked for by its address. `render` makes it of what `read` has answered, and of nothing else. */
interface PageOf<Filters, Document> extends BoardPage, Pick<PageParts<Filters, Document>, 'render'> {}

/** What of the board a page shows. */
type ShownDeps = Pick<BoardDeps, 'tenants' | 'accounts' | 'secretBox' | 'publicUrl' | 'ingressUrl' | 'exportPages'>

/** For whom, and of when, something is shown. */
export interface PageView<Filters = undefined> {
  /** With only the tenants that the user may see. */
  readonly deps: ShownDeps
  readonly filters: Filters
  readonly language: Language
  /** Of the page. */
  readonly title: string
  readonly user: User
  /** Milliseconds since 1970. */
  readonly now: number
  /** Of the page, to come back to. */
  readonly address: string
  /** At which the browser asked for the page, such as `https://ponte.example.com`. */
  readonly origin: string
}

/** Who asks, and for what. */
export interface PageRequest<Filters = undefined> extends PageView<Filters> {
  /** With only the tenants that the user may see, and what has failed as the menu counts it. */
  readonly deps: BoardDeps
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** What is shown. `language`: default: that of the request. `title`: default: that of the page. `status`: of HTTP. Default: 200. */
interface BodyPage extends Omit<Page, 'language' | 'title'> {
  readonly language?: Language
  readonly title?: string
  readonly status?: number
}

/** A message and nothing else, under the title of the page unless it has its own. */
interface MessagePage extends Omit<Message, 'title'> {
  readonly status: number
  readonly title?: string
}

/** A file for a spreadsheet. */
interface CsvFile {
  readonly file: string
  readonly csv: Readable
}

export type RenderedPage = BodyPage | MessagePage
/** What comes of a form: an address leads to another page. */
export type FormOutcome = RenderedPage | CsvFile | string

interface FilterReader<Filters> {
  /** `now`: milliseconds since 1970. */
  readonly read: (given: unknown, tenants: BoardDeps['tenants'], now: number) => Filters
}

type AddRoutes = (app: FastifyInstance, deps: BoardDeps, title: Texts) => unknown

interface PageParts<Filters, Document> extends Pick<BoardPage, 'path' | 'title' | 'menu'> {
  /** Default: operators and viewers. */
  readonly roles?: readonly Role[]
  /** What the address may choose; or `noFilters`. */
  readonly filters: FilterReader<Filters>
  /** Asks Ponte. */
  readonly read: (asked: PageRequest<Filters>) => Document | Promise<Document>
  readonly render: (document: Document, view: PageView<Filters>) => RenderedPage
  /** The forms that are sent from it, and its files: of `action`, or routes that are like no others. */
  readonly actions?: readonly AddRoutes[]
}

interface ActionParts<Filters> {
  /** Default: POST. */
  readonly method?: 'GET'
  readonly path: string
  /** Default: operators; of a GET viewers as well. */
  readonly roles?: readonly Role[]
  /** A user may do it twenty times a minute. Default: as often as they like. */
  readonly isLimited?: boolean
  /** Where a browser is led that asks for the address of a form by GET: after a reload, or a login in between. */
  readonly back?: string | ((address: string) => string)
  /** What the form, or the address of a file, chooses; or `noFilters`. */
  readonly filters: FilterReader<Filters>
  readonly run: (asked: PageRequest<Filters>) => FormOutcome | Promise<FormOutcome>
}

/** Of what chooses nothing. */
export const noFilters = { read: () => undefined }

/** Each call stores something in Redis, or has a worker call another system. */
export const userLimit = {
  max: 20,
  timeWindow: '1 minute',
  hook: 'preHandler',
  keyGenerator: ({ user }: FastifyRequest) => user?.name ?? '',
} as const

/** Who asks with a request, and for what. */
function askedBy<Filters>(
  { reply, all, title, filters }: { reply: FastifyReply; all: BoardDeps; title: Texts; filters: FilterReader<Filters> },
  given: unknown,
): PageRequest<Filters> {
  const { request } = reply
  const { user, failedJobs = all.failedJobs, protocol, host } = request
  // The guard has admitted the request by its user.
  if (user === undefined) throw new Error('nobody is logged in')
  const deps = { ...depsFor(all, user), failedJobs }
  const now = deps.now?.() ?? Date.now()
  const language = languageOf(request)
  return {
    ...{ deps, language, title: textIn(title, language), user, now, request, reply },
    filters: filters.read(given, deps.tenants, now),
    address: addressOf(request),
    origin: `${protocol}://${host}`,
  }
}

const named = z.object({ tenant: z.string() })

/** The tenant that the address names, if this user may see it. */
export function tenantOf({ deps, request }: Pick<PageRequest, 'deps' | 'request'>): Tenant | undefined {
  const tenant = named.safeParse(request.params).data?.tenant
  return deps.tenants.find(({ name }) => name === tenant)
}

/** Sends what came of a request. */
export function sendOutcome(reply: FastifyReply, title: Texts, outcome: FormOutcome): FastifyReply {
  const own = languageOf(reply.request)
  if (typeof outcome === 'string') return reply.redirect(outcome, 303)
  if ('csv' in outcome)
    return reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', `attachment; filename="${outcome.file}.csv"`)
      .header('content-language', own)
      .send(outcome.csv)
  const language = 'body' in outcome ? (outcome.language ?? own) : own
  const { status = 200, title: heading = textIn(title, language), ...rest } = outcome
  const shown = 'body' in rest ? rest : { body: renderNotice({ title: heading, ...rest }) }
  return sendPage(reply.code(status), { ...shown, language, title: heading })
}

/** A page that is asked for by its address: what it may choose, what is read, what is shown. */
export const page = <Filters, Document>({
  path,
  roles = readers,
  title,
  menu,
  filters,
  read,
  render,
  actions = [],
}: PageParts<Filters, Document>): PageOf<Filters, Document> => ({
  ...{ path, roles, title, render, ...(menu && { menu }) },
  async add(app, all) {
    app.get(path, { config: { roles } }, async (_request, reply) => {
      const asked = askedBy({ reply, all, title, filters }, reply.request.query)
      return sendOutcome(reply, title, render(await read(asked), asked))
    })
    for (const addActions of actions) await addActions(app, all, title)
  },
})

/** The address of a form or of a file of a page: who may ask, what it chooses, what comes of it. */
export const action =
  <Filters>({ method, path, roles, isLimited = false, back, filters, run }: ActionParts<Filters>): AddRoutes =>
  (app, all, title) => {
    if (back !== undefined)
      app.get(path, async ({ url }, reply) => reply.redirect(typeof back === 'string' ? back : back(url), 303))
    const options: RouteShorthandOptions = {
      config: { ...(roles && { roles }), ...(isLimited && { rateLimit: userLimit }) },
    }
    const answer = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const asked = askedBy({ reply, all, title, filters }, method === 'GET' ? request.query : request.body)
      return sendOutcome(reply, title, await run(asked))
    }
    if (method === 'GET') app.get(path, options, answer)
    else app.post(path, options, answer)
  }
