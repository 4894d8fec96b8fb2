import type { Language } from '@ponte/contracts'
import {
  createEventPages,
  csvStream,
  type CsvRow,
  type EventDocument,
  type EventQuery,
  type EventReader,
  exportSelected,
  MOST_LOOKED,
  PAGE_SIZE,
  readers,
  createOneByOne,
} from '@ponte/operations'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type BoardDeps, depsFor } from '../../board-deps.ts'
import { eventAddress } from '../../ui/addresses.ts'
import { eventText } from '../../ui/event-name.ts'
import { buttonForm, hiddenFields, type Html, plainText } from '../../ui/html.ts'
import { languageOf } from '../../ui/language.ts'
import { readSelection } from '../../ui/selection.ts'
import { formatCount } from '../../ui/shell.ts'
import { renderEventStatus } from '../event/texts.ts'
import { refuse } from './actions.ts'
import { type AskedEvents, eventFilters, readEventQuery } from './filters.ts'
import { cutTexts, eventListTexts } from './texts.ts'

/** They bound the events of a file, and the events that are looked at for it. */
const EXPORT_PAGES = 200

/** `/events/export`: the events that a list has selected. `/events/export-all`: all that its filters find. */
export function addEventExports(app: FastifyInstance, all: BoardDeps): void {
  /** Files that are made at the same time read no more at a time than one page does. */
  const oneByOne = createOneByOne()

  app.post('/events/export', { config: { roles: readers } }, async (request, reply) => {
    const { user } = request
    const view = viewOf(request)
    const events =
      user === undefined ? [] : await exportSelected(depsFor(all, user), readSelection(request.body), { ...view, user })
    if (events.length === 0) return refuse(reply, languageOf(request), 'nothingSelected')
    return sendFile(reply, [headOf(view), ...events.map(event => rowOf(event, view))])
  })

  app.post('/events/export-all', { config: { roles: readers } }, async (request, reply) => {
    const { user } = request
    const deps = depsFor(all, user)
    const query = readEventQuery(request.body, deps.tenants, Date.now())
    const { tenant, ...others } = eventFilters.fieldsOf(query)
    await all.audit.write({
      ...{ user: user?.name ?? '', action: 'export-events', outcome: 'done', tenant },
      detail: ['all', ...Object.values(others)].join(' '),
    })
    return sendFile(reply, allRows(deps, query, viewOf(request), oneByOne))
  })
}

const mostOf = ({ exportPages = EXPORT_PAGES }: BoardDeps, language: Language): string =>
  formatCount(exportPages * PAGE_SIZE, language)

/** The button for a file with all that these filters find. It says how many events that may be. */
export const renderExportAll = (deps: BoardDeps, query: AskedEvents, language: Language): Html =>
  buttonForm('/events/export-all', eventListTexts[language].exportAll(mostOf(deps, language)), {
    fields: hiddenFields(eventFilters.fieldsOf(query)),
    isQuiet: true,
  })

async function sendFile(reply: FastifyReply, rows: Iterable<CsvRow> | AsyncIterable<CsvRow>): Promise<FastifyReply> {
  const language = languageOf(reply.request)
  return reply
    .type('text/csv; charset=utf-8')
    .header('content-disposition', 'attachment; filename="ponte-events.csv"')
    .header('content-language', language)
    .send(csvStream(rows, language))
}

interface RowView extends EventReader {
  readonly origin: string
}

const viewOf = (request: FastifyRequest): RowView => ({
  language: languageOf(request),
  user: request.user,
  origin: `${request.protocol}://${request.host}`,
})

const headOf = ({ language }: RowView): CsvRow => [...eventListTexts[language].csv]

/**
 * Reads the list page by page, each when the rows before it were sent. A file that does not hold all ends with a row that says so. It breaks
 * off when Redis cannot read a queue.
 */
async function* allRows(
  deps: BoardDeps,
  query: EventQuery,
  view: RowView,
  inTurn: <Value>(work: () => Promise<Value>) => Promise<Value>,
): AsyncGenerator<CsvRow> {
  yield headOf(view)
  const { exportPages = EXPORT_PAGES } = deps
  const readPage = createEventPages(deps, view)
  let after: EventQuery['cursor']
  for (let page = 0; page < exportPages; page += 1) {
    const from = after
    const read = await inTurn(() => readPage({ ...query, cursor: from }))
    const [away] = read.unreadable ?? []
    if (away !== undefined) throw new Error(`Redis cannot read ${away}`)
    for (const event of read.events) yield rowOf(event, view)
    if (read.next === undefined) {
      for (const text of cutTexts(read, view.language)) yield noteRow(text, view)
      return
    }
    after = read.next
  }
  const { language } = view
  yield noteRow(
    eventListTexts[language].cut(mostOf(deps, language), formatCount(exportPages * MOST_LOOKED, language)),
    view,
  )
}

/** A row that says something about the file. */
const noteRow = (text: string, view: RowView): CsvRow => [
  text,
  ...headOf(view)
    .slice(1)
    .map(() => ''),
]

/** A row of the file: what the list shows to this user, and the event's key. */
function rowOf(event: EventDocument, { language, origin }: RowView): CsvRow {
  const { tenant, event: name, at, contact, failed, key } = event
  return [
    ...[new Date(at).toISOString(), tenant, eventText(name, language)],
    plainText(renderEventStatus(event, language)),
    ...[failed?.reason?.code, failed?.reason?.title, contact, key],
    `${origin}${eventAddress(event)}`,
  ]
}
