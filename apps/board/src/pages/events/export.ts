import type { Language } from '@ponte/contracts'
import {
  createEventPages,
  csvStream,
  type CsvRow,
  type EventDocument,
  type EventQuery,
  exportSelected,
  MAX_LOOKED,
  PAGE_SIZE,
  readers,
  createOneByOne,
} from '@ponte/operations'
import type { BoardDeps } from '../../board-deps.ts'
import { commonTexts, formatCount, eventText } from '../../ui/common-texts.ts'
import { eventAddress } from '../../ui/addresses.ts'
import { buttonForm, hiddenFields, type Html, plainText } from '../../ui/html.ts'
import { action, noFilters, type PageView, type RenderedPage } from '../../ui/board-page.ts'
import { readSelection } from '../../ui/selection.ts'
import { renderEventStatus } from '../../ui/parts/event-status.ts'
import { type AskedEvents, eventFilters, readEventQuery } from '../../filters/filters.ts'
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
    const events = await exportSelected(asked.deps, readSelection(asked.request.body), asked)
    if (events.length === 0) return refusal(asked, 'nothingSelected')
    return { file, csv: csvStream([headOf(asked), ...events.map(event => rowOf(event, asked))], asked.language) }
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
    return { file, csv: csvStream(allRows(deps, query, asked), language) }
  },
})

const mostOf = ({ exportPages = EXPORT_PAGES }: Pick<BoardDeps, 'exportPages'>, language: Language): string =>
  formatCount(exportPages * PAGE_SIZE, language)

/** The button for a file with all that these filters find. It says how many events that may be. */
export const renderExportAll = ({ deps, filters: query, language }: PageView<AskedEvents>): Html =>
  buttonForm('/events/export-all', eventListTexts[language].exportAll(mostOf(deps, language)), {
    fields: hiddenFields(eventFilters.fieldsOf(query)),
    isQuiet: true,
  })

type RowView = Pick<PageView<unknown>, 'language' | 'user' | 'origin'>

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

/** Says that nothing of what is selected can be used. */
export const refusal = (
  { language }: Pick<PageView, 'language'>,
  why: 'nothingSelected' | 'nothingFailed',
): RenderedPage => ({
  ...{ status: 409, text: eventListTexts[language][why] },
  link: { href: '/events', text: commonTexts[language].toEvents },
})
