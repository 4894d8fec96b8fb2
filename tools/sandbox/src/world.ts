import { type Calls, createCalls } from './calls.ts'
import { createTenant, type CrmTenant } from './crm/tenant.ts'
import { createDeliveries, type Deliveries } from './deliveries.ts'
import { createFaults, type Faults } from './faults.ts'
import { createAccount, type RdAccount } from './rd/account.ts'

/** Everything the sandbox knows. In memory only. */
export interface World {
  readonly rd: Map<string, RdAccount>
  readonly crm: Map<string, CrmTenant>
  readonly calls: Calls
  readonly faults: Faults
  readonly deliveries: Deliveries
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** It is this time now for both systems, and goes on from there. Without one, it is what the machine's clock says. */
  setClock(at?: number): void
  /** Back to the two demo accounts, nothing recorded, no webhook under way. */
  reset(): void
}

export function createWorld(clock: () => number): World {
  let aheadMs = 0
  const now = (): number => clock() + aheadMs
  const world: World = {
    rd: new Map(),
    crm: new Map(),
    calls: createCalls(now),
    faults: createFaults(),
    deliveries: createDeliveries(now),
    now,
    setClock: (at = clock()) => void (aheadMs = at - clock()),
    reset: () => {
      aheadMs = 0
      world.deliveries.clear()
      world.calls.clear()
      world.faults.clear()
      world.rd.clear()
      world.rd.set('demo', createAccount('demo', demoConnection.rd))
      world.crm.clear()
      world.crm.set('demo', createTenant('demo', demoConnection.crm, now()))
    },
  }
  world.reset()
  return world
}

const demoConnection = {
  rd: { clientId: 'demo-client', clientSecret: 'demo-secret', refreshToken: 'demo-refresh' },
  crm: { username: 'ponte@demo.example', password: 'demo-password' },
}
