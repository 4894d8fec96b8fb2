import formbody from '@fastify/formbody'
import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance } from 'fastify'
import { createPersonLookups } from '../auth/person-lookups.ts'
import { addAuditPage } from './audit/page.ts'
import { addConnectionsPages } from './connections/page.ts'
import type { ConnectDeps } from './connections/obstacles.ts'
import { addFailureActions } from './failures/actions.ts'
import { addCauseCare } from './failures/care.ts'
import { addFailureListPage } from './failures/list-page.ts'
import { addFailuresPage } from './failures/page.ts'
import { addEditPage } from './edit/page.ts'
import { addEventActions } from './events/actions.ts'
import { addEventExports } from './events/export.ts'
import { addEventsPage } from './events/page.ts'
import { addEventPage } from './event/page.ts'
import { addRestActions } from './overview/rest.ts'
import { addOriginalPage } from './edit/original-page.ts'
import { addPreviewPages } from './preview/page.ts'
import { addRetryPages } from './retries/page.ts'
import { addSearchPage } from './search/page.ts'

/** A quarantined body has up to 1 MiB. A form sends it percent-encoded, which may make it three times as long. */
const FORM_LIMIT = 4 * 1024 * 1024

/** The board's own pages that have forms, beside Bull Board. They work without JavaScript. */
export async function addOperatorPages(app: FastifyInstance, deps: ConnectDeps): Promise<void> {
  const lookups = createPersonLookups(deps)
  await app.register(async scope => {
    await scope.register(formbody, { bodyLimit: FORM_LIMIT })
    // Limits only those routes that name a limit.
    await scope.register(rateLimit, { global: false })
    addFailuresPage(scope, deps)
    addFailureListPage(scope, deps)
    addFailureActions(scope, deps)
    addCauseCare(scope, deps)
    addRestActions(scope, deps)
    addRetryPages(scope, deps)
    addSearchPage(scope, deps, lookups)
    addEventsPage(scope, deps, lookups)
    addEventActions(scope, deps)
    addEventExports(scope, deps)
    addEventPage(scope, deps)
    addEditPage(scope, deps)
    addOriginalPage(scope, deps)
    addPreviewPages(scope, deps, lookups)
    addAuditPage(scope, deps)
    addConnectionsPages(scope, deps)
  })
}
