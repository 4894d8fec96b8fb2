import { maySee, type User, type OperationsDeps } from '@ponte/operations'

/** What the board's pages need. */
export interface BoardDeps extends OperationsDeps {
  /** Who has a login. */
  readonly accounts: readonly User[]
  /** What restarts processes in this installation. */
  readonly restart?: string
  /** Pages of the list of events that one file holds. Default: 200. */
  readonly exportPages?: number
}

/** These deps with only the tenants that this user may see. */
export const depsFor = <Deps extends BoardDeps>(deps: Deps, user: Pick<User, 'tenants'> | undefined): Deps => ({
  ...deps,
  tenants: deps.tenants.filter(({ name }) => maySee(user, name)),
})
