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

  return {
    current: () => current,
    onChange: listener => void listeners.push(listener),
    replace(next) {
      const known = new Map(current.map(tenant => [tenant.name, tenant]))
      const kept = next.map(tenant => {
        const before = known.get(tenant.name)
        return before?.version !== undefined && before.version === tenant.version ? before : tenant
      })
      const [before, now] = [new Set(current), new Set(kept)]
      const change = {
        added: kept.filter(tenant => !before.has(tenant)),
        removed: current.filter(tenant => !now.has(tenant)),
      }
      if (change.added.length + change.removed.length === 0) return undefined
      current = kept
      for (const listener of listeners) listener(change)
      return change
    },
  }
}

/** The tenants that `isWanted`, as a part of others. */
export function filterTenants(all: LiveTenants, isWanted: (tenant: Tenant) => boolean): LiveTenants {
  const some = createLiveTenants(all.current().filter(isWanted))
  all.onChange(() => some.replace(all.current().filter(isWanted)))
  return some
}
