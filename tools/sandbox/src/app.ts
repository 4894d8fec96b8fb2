import Fastify, { type FastifyInstance } from 'fastify'
import { recordCalls } from './calls.ts'
import { addControl } from './control/control.ts'
import { addIntegrationApi } from './crm/integration-api.ts'
import { addLogin, tenantOfRequest } from './crm/login.ts'
import { answerCrmErrors } from './crm/errors.ts'
import { addOpportunityReader } from './crm/opportunity-reader.ts'
import { injectFaults } from './faults.ts'
import { acceptJson } from './json.ts'
import { accountOfRequest } from './rd/account.ts'
import { addContacts } from './rd/contacts.ts'
import { answerRdErrors } from './rd/errors.ts'
import { addEvents } from './rd/events.ts'
import { addFunnels } from './rd/funnels.ts'
import { addOauth } from './rd/oauth.ts'
import { countArrivals } from './rd/quotas.ts'
import { addSegmentations } from './rd/segmentations.ts'
import { addSubscriptions } from './rd/subscriptions.ts'
import { createWorld, type World } from './world.ts'

export interface SandboxOptions {
  /** The clock, in milliseconds since 1970, for tests of expiry and quotas. */
  readonly now?: () => number
}

/**
 * Builds both systems in memory, without listening: RD Station at `/rd`, TOTVS CRM at `/crm`, the control API at `/control`
 * (docs/sandbox.md).
 */
export function buildSandbox(options: SandboxOptions = {}): FastifyInstance {
  const world = createWorld(options.now ?? Date.now)
  const app = Fastify({
    // Otherwise a fault of kind `hang` would keep the process from closing.
    forceCloseConnections: true,
    // An e-mail address may have 254 characters.
    routerOptions: { maxParamLength: 1024 },
  })
  app.get('/healthz', async () => ({ status: 'ok' }))
  app.addHook('onClose', () => world.deliveries.close())

  app.register(async rd => buildRd(rd, world), { prefix: '/rd' })
  app.register(async crm => buildCrm(crm, world), { prefix: '/crm' })
  app.register(async control => addControl(control, world), { prefix: '/control' })
  return app
}

function buildRd(app: FastifyInstance, world: World): void {
  acceptJson(app)
  answerRdErrors(app)
  recordCalls(app, world, { system: 'rd-station', accountOf: request => accountOfRequest(world, request)?.name })
  countArrivals(app, world)
  injectFaults(app, world)
  app.register(async oauth => addOauth(oauth, world))
  addContacts(app, world)
  addFunnels(app, world)
  addSegmentations(app, world)
  addEvents(app, world)
  addSubscriptions(app, world)
}

function buildCrm(app: FastifyInstance, world: World): void {
  acceptJson(app)
  answerCrmErrors(app)
  recordCalls(app, world, { system: 'totvs-crm', accountOf: request => tenantOfRequest(world, request)?.name })
  injectFaults(app, world)
  addLogin(app, world)
  addIntegrationApi(app, world)
  addOpportunityReader(app, world)
}
