import type { Tenant } from './tenants.ts'

/** A tenant with other settings or secrets than before is in both lists: as it was, and as it is. */
export interface TenantsChange {
  readonly added: readonly Tenant[]
  readonly removed: readonly Tenant[]
}

/** The tenants of a process. They change while it runs, when their file does. */
export interface LiveTenants {
  /** The tenants of this moment. The list itself never changes, and a tenant that has not changed is the same object in the next list. */
  current(): readonly Tenant[]
  /** The tenant that has this name at this moment. */
  named(name: unknown): Tenant | undefined
  /** `listener` is called after each change, when `current` has the new tenants. */
  onChange(listener: (change: TenantsChange) => void): void
}

export interface ChangeableTenants extends LiveTenants {
  /** From now on these are the tenants. Undefined when nothing is different. */
  replace(next: readonly Tenant[]): TenantsChange | undefined
}

export function createLiveTenants(initial: readonly Tenant[]): ChangeableTenants {
  const listeners: ((change: TenantsChange) => void)[] = []
  let current = initial
  let byName = nameAll(initial)

  return {
    current: () => current,
    named: name => byName.get(name),
    onChange: listener => void listeners.push(listener),
    replace(next) {
      const kept = next.map(tenant => {
        const before = byName.get(tenant.name)
        return before?.version !== undefined && before.version === tenant.version ? before : tenant
      })
      const [before, now] = [new Set(current), new Set(kept)]
      const change = {
        added: kept.filter(tenant => !before.has(tenant)),
        removed: current.filter(tenant => !now.has(tenant)),
      }
      if (change.added.length + change.removed.length === 0) return undefined
      current = kept
      byName = nameAll(kept)
      for (const listener of listeners) listener(change)
      return change
    },
  }
}

const nameAll = (tenants: readonly Tenant[]): ReadonlyMap<unknown, Tenant> =>
  new Map(tenants.map(tenant => [tenant.name, tenant]))

/** The tenants that `isWanted`, as a part of others. */
export function filterTenants(all: LiveTenants, isWanted: (tenant: Tenant) => boolean): LiveTenants {
  const some = createLiveTenants(all.current().filter(isWanted))
  all.onChange(() => some.replace(all.current().filter(isWanted)))
  return some
}

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
