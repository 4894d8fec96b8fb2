import type { Tenant } from '../tenants.ts'

/**
 * What a process keeps for a tenant: a client with its session, the digests of its tokens, a limit. It is opened when it is first asked
 * for. A tenant that has changed is another object, so it gets another one, made of the settings of now; what was made for a tenant that
 * is gone is forgotten with it. Nothing that depends on settings may be kept by the name of a tenant instead.
 */
export function keepPerTenant<Kept extends object>(open: (tenant: Tenant) => Kept): (tenant: Tenant) => Kept {
  const kept = new WeakMap<Tenant, Kept>()
  return tenant => {
    const known = kept.get(tenant)
    if (known !== undefined) return known
    const opened = open(tenant)
    kept.set(tenant, opened)
    return opened
  }
}
