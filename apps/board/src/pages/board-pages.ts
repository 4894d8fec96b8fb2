import formbody from '@fastify/formbody'
import rateLimit from '@fastify/rate-limit'
import { readers } from '@ponte/operations'
import type { FastifyInstance } from 'fastify'
import type { BoardDeps } from '../board-deps.ts'
import { BULL_BOARD } from '../ui/addresses.ts'
import type { BoardPage } from '../ui/board-page.ts'
import type { MenuLink } from '../ui/menu.ts'
import { auditPage } from './audit/page.ts'
import { connectionsPage } from './connections/page.ts'
import { originalPage, editPage } from './edit/page.ts'
import { errorCodePage, errorCodesPage } from './error-codes/page.ts'
import { eventPage } from './event/page.ts'
import { eventsPage } from './events/page.ts'
import { failureListPage } from './failures/list-page.ts'
import { failuresPage } from './failures/page.ts'
import { helpPage } from './help/page.ts'
import { overviewPage } from './overview/page.ts'
import { previewPage } from './preview/page.ts'
import { resultsPage } from './results/page.ts'
import { retriesPage, retryPage } from './retries/page.ts'
import { searchPage } from './search/page.ts'
import { waitingPage } from './waiting/page.ts'

/** The pages of the board. Those that the menu names stand in its order. */
export const boardPages: readonly BoardPage[] = [
  overviewPage,
  failuresPage,
  failureListPage,
  waitingPage,
  eventsPage,
  eventPage,
  // Bull Board, which adds its own routes (`bull-board/bull-board.ts`).
  { path: BULL_BOARD, roles: readers, title: { en: 'Queues', pt: 'Filas' }, menu: {}, add: () => undefined },
  resultsPage,
  connectionsPage,
  previewPage,
  errorCodesPage,
  errorCodePage,
  auditPage,
  retriesPage,
  retryPage,
  searchPage,
  editPage,
  originalPage,
  helpPage,
]

/** The pages of the menu, in their order. */
export const menu: readonly MenuLink[] = boardPages.flatMap(({ path, roles: may, title: text, menu: entry }) =>
  entry === undefined ? [] : [{ path, roles: may, text, ...entry }],
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
