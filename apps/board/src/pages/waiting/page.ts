import { formatDuration, type Tenant } from '@ponte/runtime'
import type { FastifyInstance } from 'fastify'
import { maySee } from '../../auth/credentials.ts'
import { STUCK_AFTER_MS } from '../../queues/queue-snapshot.ts'
import { readFilters, renderFilters } from '../../ui/filters.ts'
import { html } from '../../ui/html.ts'
import { languageOf } from '../../ui/language.ts'
import { sendPage } from '../../ui/page.ts'
import { addressOf } from '../../ui/shell.ts'
import type { ConnectDeps } from '../connections/obstacles.ts'
import { readWaitingTenant, type WaitingDeps } from './reader.ts'
import { renderTenants, type WaitingView } from './render-tenants.ts'
import { waitingTexts } from './texts.ts'

export interface WaitingPageOptions extends WaitingDeps, Pick<ConnectDeps, 'secretBox'> {
  readonly tenants: readonly Tenant[]
  /** An event that waits for longer is listed, in milliseconds. Default: a minute. */
  readonly stuckAfterMs?: number
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** `/waiting`: events that wait too long, connections that are paused, queues that nobody works on. */
export function addWaitingPage(app: FastifyInstance, options: WaitingPageOptions): void {
  const { tenants, stuckAfterMs = STUCK_AFTER_MS, now = Date.now } = options
  app.get('/waiting', async (request, reply) => {
    const language = languageOf(request)
    const { title, intro } = waitingTexts[language]
    const visible = tenants.filter(({ name }) => maySee(request.user, name))
    const filters = readFilters(request.query, visible)
    const shown = visible.filter(({ name }) => filters.tenant === undefined || name === filters.tenant)
    const choices = { tenants: visible.map(({ name }) => name) }
    const view: WaitingView = {
      ...{ language, now: now(), limitMs: stuckAfterMs, user: request.user, deps: options, next: addressOf(request) },
      isOperator: request.user?.role === 'operator',
    }
    const found = await Promise.all(shown.map(tenant => readWaitingTenant(options, tenant, view)))
    return sendPage(reply, {
      language,
      title,
      refreshes: true,
      body: html`<h1>${title}</h1>
        <p class="soft">${intro(formatDuration(stuckAfterMs, language))}</p>
        ${renderFilters('/waiting', filters, choices, language)} ${await renderTenants(found, view)}`,
    })
  })
}
