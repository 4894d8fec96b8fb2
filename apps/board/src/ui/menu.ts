import { isForScripts } from './addresses.ts'
import type { Texts } from '@ponte/contracts'
import {
  type BridgeDeps,
  type BridgeState,
  type EventCounts,
  type FailedJobReader,
  readBridge,
  readCounts,
  readOnce,
  maySee,
  type Role,
  type User,
} from '@ponte/operations'
import type { FastifyInstance } from 'fastify'

/** A page in the menu. */
export interface MenuLink {
  readonly path: string
  /** Who may open it. */
  readonly roles: readonly Role[]
  readonly text: Texts
  readonly counts?: keyof EventCounts
}

/** The pages that a user finds in the menu. */
export const menuFor = (links: readonly MenuLink[], user: User | undefined): readonly MenuLink[] =>
  links.filter(({ roles }) => user !== undefined && roles.includes(user.role))

declare module 'fastify' {
  interface FastifyInstance {
    /** The pages of the menu, in their order. */
    menu: readonly MenuLink[]
  }
  interface FastifyRequest {
    /** What the menu counts. Undefined before the login, and when Redis does not answer in time. */
    menuCounts: EventCounts | undefined
    /**
     * How the bridge stands, for the tenants that the user may see. A page waits for all of it: many tenants take long. Undefined before
     * the login.
     */
    bridgeReading: Promise<BridgeState> | undefined
    /** What has failed, as the menu counts it. Undefined before the login. */
    failedJobs: FailedJobReader | undefined
  }
}

/** How long a page waits for its menu. */
const WAIT_MS = 300

/** Counts what failed and what waits of the tenants that the user may see, for the menu and the title of each page. */
export function addMenuCounts(app: FastifyInstance, deps: BridgeDeps & { readonly menuWaitMs?: number }): void {
  const { menuWaitMs = WAIT_MS } = deps
  app.decorateRequest('menuCounts')
  app.decorateRequest('bridgeReading')
  app.decorateRequest('failedJobs')
  app.addHook('preHandler', async request => {
    const { user, url } = request
    if (user === undefined || user.role === 'manager' || isForScripts(url)) return
    const tenants = deps.tenants.filter(({ name }) => maySee(user, name))
    const failedJobs = readOnce(deps.failedJobs)
    request.failedJobs = failedJobs
    const reading = readBridge({ ...deps, tenants, failedJobs }, { now: Date.now() })
    request.bridgeReading = reading
    request.menuCounts = await readCounts(reading, menuWaitMs)
  })
}
