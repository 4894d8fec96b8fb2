import formbody from '@fastify/formbody'
import rateLimit from '@fastify/rate-limit'
import { operators, readers } from '@ponte/operations'
import type { FastifyInstance } from 'fastify'
import { BULL_BOARD } from '../ui/addresses.ts'
import type { BoardPage } from '../ui/board-page.ts'
import type { MenuLink } from '../ui/menu.ts'
import { auditPage } from './audit/page.ts'
import { connectionsPage } from './connections/page.ts'
import type { BoardDeps } from '../board-deps.ts'
import { addEditPage } from './edit/page.ts'
import { originalPage } from './edit/original-page.ts'
import { errorCodePage, errorCodesPage } from './error-codes/page.ts'
import { eventPage } from './event/page.ts'
import { addEventActions } from './events/actions.ts'
import { addEventExports } from './events/export.ts'
import { addEventsPage } from './events/page.ts'
import { addFailureActions } from './failures/actions.ts'
import { addCauseCare } from './failures/care.ts'
import { addFailureListPage } from './failures/list-page.ts'
import { addFailuresPage } from './failures/page.ts'
import { helpPage } from './help/page.ts'
import { addOverviewPage } from './overview/page.ts'
import { addReportCsv } from './overview/report-csv.ts'
import { addRestActions } from './overview/rest.ts'
import { addPreviewPages } from './preview/page.ts'
import { resultsPage } from './results/page.ts'
import { addRetryPages } from './retries/page.ts'
import { searchPage } from './search/page.ts'
import { waitingPage } from './waiting/page.ts'

/** The pages of the board: who may open each, and how the menu names it, in its order. */
export const boardPages: readonly BoardPage[] = [
  {
    path: '/',
    roles: readers,
    menu: { text: { en: 'Overview', pt: 'Visão geral' } },
    add(app, deps) {
      addOverviewPage(app, deps)
      addReportCsv(app, deps)
      addRestActions(app, deps)
    },
  },
  {
    path: '/failures',
    roles: readers,
    menu: { text: { en: 'Failures', pt: 'Falhas' }, counts: 'failed' },
    add(app, deps) {
      addFailuresPage(app, deps)
      addFailureListPage(app, deps)
      addFailureActions(app, deps)
      addCauseCare(app, deps)
    },
  },
  waitingPage,
  {
    path: '/events',
    roles: readers,
    menu: { text: { en: 'Events', pt: 'Eventos' } },
    add(app, deps) {
      addEventsPage(app, deps, deps.lookups)
      addEventActions(app, deps)
      addEventExports(app, deps)
    },
  },
  eventPage,
  // Bull Board, which adds its own routes (`bull-board/bull-board.ts`).
  { path: BULL_BOARD, roles: readers, menu: { text: { en: 'Queues', pt: 'Filas' } }, add: () => undefined },
  resultsPage,
  connectionsPage,
  {
    path: '/preview',
    roles: operators,
    menu: { text: { en: 'Preview', pt: 'Prévia' } },
    add: (app, deps) => addPreviewPages(app, deps, deps.lookups),
  },
  errorCodesPage,
  errorCodePage,
  auditPage,
  { path: '/retries', roles: readers, add: addRetryPages },
  searchPage,
  { path: '/jobs/:tenant/:kind/:job/edit', roles: operators, add: addEditPage },
  originalPage,
  helpPage,
]

/** The pages of the menu, in their order. */
export const menu: readonly MenuLink[] = boardPages.flatMap(({ path, roles: may, menu: entry }) =>
  entry === undefined ? [] : [{ path, roles: may, ...entry }],
)

/** A quarantined body has up to 1 MiB. A form sends it percent-encoded, which may make it three times as long. */
const FORM_LIMIT = 4 * 1024 * 1024

/** The board's own pages, beside Bull Board. They work without JavaScript. */
export async function addBoardPages(app: FastifyInstance, deps: BoardDeps): Promise<void> {
  await app.register(async scope => {
    await scope.register(formbody, { bodyLimit: FORM_LIMIT })
    // Limits only those routes that name a limit.
    await scope.register(rateLimit, { global: false })
    for (const { add } of boardPages) await add(scope, deps)
  })
}
