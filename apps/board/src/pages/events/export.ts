import type { Language } from '@ponte/contracts'
import {
  createEventPages,
  csvStream,
  type CsvRow,
  type EventDocument,
  type EventQuery,
  type EventReader,
  exportSelected,
  MAX_LOOKED,
  PAGE_SIZE,
  readers,
  createOneByOne,
  type User,
} from '@ponte/operations'
import type { BoardDeps } from '../../board-deps.ts'
import { formatCount } from '../../ui/common-texts.ts'
import { eventAddress } from '../../ui/addresses.ts'
import { eventText } from '../../ui/event-name.ts'
import { buttonForm, hiddenFields, type Html, plainText } from '../../ui/html.ts'
import { action, type Asked, noFilters } from '../../ui/board-page.ts'
import { readSelection } from '../../ui/selection.ts'
import { renderEventStatus } from '../../ui/parts/event-status.ts'
import { refusal } from './retry.ts'
import { type AskedEvents, eventFilters, readEventQuery } from '../../filters/page-filters.ts'
import { cutTexts, eventListTexts } from './texts.ts'

/** They bound the events of a file, and the events that are looked at for it. */
const EXPORT_PAGES = 200

/** Files that are made at the same time read no more at a time than one page does. */
const oneByOne = createOneByOne()
const file = 'ponte-events'

/** `/events/export`: the events that a list has selected. */
export const exportThese = action({
  ...{ path: '/events/export', back: '/events', roles: readers, filters: noFilters },
  async run(asked) {
    const view = viewOf(asked)
    const events = await exportSelected(asked.deps, readSelection(asked.request.body), view)
    if (events.length === 0) return refusal(asked, 'nothingSelected')
    return { file, csv: csvStream([headOf(view), ...events.map(event => rowOf(event, view))], view.language) }
  },
})

/** `/events/export-all`: all that the filters of the list find. */
export const exportAll = action({
  ...{ path: '/events/export-all', back: '/events', roles: readers, filters: { read: readEventQuery } },
  async run(asked) {
    const { deps, filters: query, language, user } = asked
    const { tenant, ...others } = eventFilters.fieldsOf(query)
    await deps.audit.write({
      ...{ user: user.name, action: 'export-events', outcome: 'done', tenant },
      detail: ['all', ...Object.values(others)].join(' '),
    })
    return { file, csv: csvStream(allRows(deps, query, viewOf(asked)), language) }
  },
})

const mostOf = ({ exportPages = EXPORT_PAGES }: BoardDeps, language: Language): string =>
  formatCount(exportPages * PAGE_SIZE, language)

/** The button for a file with all that these filters find. It says how many events that may be. */
export const renderExportAll = (deps: BoardDeps, query: AskedEvents, language: Language): Html =>
  buttonForm('/events/export-all', eventListTexts[language].exportAll(mostOf(deps, language)), {
    fields: hiddenFields(eventFilters.fieldsOf(query)),
    isQuiet: true,
  })

interface RowView extends EventReader {
  readonly user: User
  readonly origin: string
}

const viewOf = ({ language, user, request: { protocol, host } }: Asked<unknown>): RowView => ({
  ...{ language, user, origin: `${protocol}://${host}` },
})

const headOf = ({ language }: RowView): CsvRow => [...eventListTexts[language].csv]

/**
 * Reads the list page by page, each when the rows before it were sent. A file that does not hold all ends with a row that says so. It breaks
 * off when Redis cannot read a queue.
 */
async function* allRows(deps: BoardDeps, query: EventQuery, view: RowView): AsyncGenerator<CsvRow> {
  yield headOf(view)
  const { exportPages = EXPORT_PAGES } = deps
  const readPage = createEventPages(deps, view)
  let after: EventQuery['cursor']
  for (let page = 0; page < exportPages; page += 1) {
    const from = after
    const read = await oneByOne(() => readPage({ ...query, cursor: from }))
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
    eventListTexts[language].cut(mostOf(deps, language), formatCount(exportPages * MAX_LOOKED, language)),
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
