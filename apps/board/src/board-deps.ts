import { type BrowserConnectDeps, type CheckDeps, maySee, type OperationsDeps, type User } from '@ponte/operations'
import type { PersonLookups } from './auth/person-lookups.ts'

/** What the board's pages need. */
export interface BoardDeps extends OperationsDeps, BrowserConnectDeps, CheckDeps {
  /** Who has a login. */
  readonly accounts: readonly User[]
  readonly lookups: PersonLookups
  /** Where browsers find the board. Default: the host of each request. */
  readonly publicUrl?: string | undefined
  /** Where both systems find the ingress. Default: `publicUrl`. */
  readonly ingressUrl?: string | undefined
  /** What restarts processes in this installation. */
  readonly restart?: string
  /** Pages of the list of events that one file holds. Default: 200. */
  readonly exportPages?: number
  /** An event that waits for longer is listed, in milliseconds. Default: a minute. */
  readonly stuckAfterMs?: number
  /** Milliseconds since 1970. Default: those of the machine. */
  readonly now?: () => number
}

/** These deps with only the tenants that this user may see. */
export const depsFor = (deps: BoardDeps, user: Pick<User, 'tenants'> | undefined): BoardDeps => ({
  ...deps,
  tenants: deps.tenants.filter(({ name }) => maySee(user, name)),
})
