import { type BrowserConnectDeps, type CheckDeps, maySee, type OperationsDeps, type User } from '@ponte/operations'

/** What the board's pages need. */
export interface BoardDeps extends OperationsDeps {
  /** Who has a login. */
  readonly accounts: readonly User[]
  /** What restarts processes in this installation. */
  readonly restart?: string
  /** Pages of the list of events that one file holds. Default: 200. */
  readonly exportPages?: number
}

export interface ConnectDeps extends BoardDeps, BrowserConnectDeps, CheckDeps {
  /** Where browsers find the board. Default: the host of each request. */
  readonly publicUrl?: string | undefined
  /** Where both systems find the ingress. Default: `publicUrl`. */
  readonly ingressUrl?: string | undefined
}

/** These deps with only the tenants that this user may see. */
export const depsFor = <Deps extends BoardDeps>(deps: Deps, user: Pick<User, 'tenants'> | undefined): Deps => ({
  ...deps,
  tenants: deps.tenants.filter(({ name }) => maySee(user, name)),
})
