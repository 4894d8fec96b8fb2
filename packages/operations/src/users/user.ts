import type { Readers } from '../report/read-report.ts'

/**
 * An operator may change things and see whom a failed event is about; a viewer sees everything masked and changes nothing; a manager sees
 * results, and nothing of an event.
 */
export const roles = ['operator', 'viewer', 'manager'] as const
export type Role = (typeof roles)[number]
/** Who changes something, or sees the person of an event. */
export const operators: readonly Role[] = ['operator']
/** Who sees events: a viewer masked, and without changing them. */
export const readers: readonly Role[] = ['operator', 'viewer']

export interface User {
  readonly name: string
  readonly role: Role
  /** The tenants that exist for this user. Default: all. */
  readonly tenants?: readonly string[] | undefined
}

/** May this user, or this token of the API, see the tenant? */
export const maySee = (user: Pick<User, 'tenants'> | undefined, tenant: string): boolean =>
  user !== undefined && (user.tenants === undefined || user.tenants.includes(tenant))

export const readersOf = (user: { readonly role: string } | undefined): Readers =>
  user?.role === 'operator' ? 'operators' : 'anybody'

/** An operator of all tenants: who may see mistakes of the tenants file. */
export const seesAll = (user: Pick<User, 'role' | 'tenants'> | undefined): boolean =>
  user?.role === 'operator' && user.tenants === undefined
