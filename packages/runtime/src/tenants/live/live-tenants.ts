import type { Tenant } from '../tenants.ts'

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
