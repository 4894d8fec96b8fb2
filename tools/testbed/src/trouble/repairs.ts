import type { Ponte } from '../ponte/ponte.ts'
import type { SandboxClient } from '../sandbox/sandbox-client.ts'
import { changeDefaultUser } from './trouble-steps.ts'
import { troubleTenants, type TroubleNames } from './trouble-tenants.ts'

/** What people do outside the board against each cause of the planted trouble. */
export const repairNames = [
  'give-role',
  'make-field-optional',
  'raise-limit',
  'bring-back',
  'name-email-field',
] as const
export type RepairName = (typeof repairNames)[number]

interface RepairDeps {
  readonly ponte: Ponte
  readonly sandbox: SandboxClient
  readonly names: TroubleNames
}

/** RD Station's default. */
const NO_LIMIT = 99_999_999

/** The repair of each cause, in the system or the file where it is. What failed still waits for the board to retry it. */
export function createRepairs({
  ponte,
  sandbox,
  names,
}: RepairDeps): Readonly<Record<RepairName, () => Promise<void>>> {
  const { acme, nova } = names
  return {
    'give-role': async () => {
      const { users } = await sandbox.crm(acme).state()
      await changeDefaultUser(sandbox, acme, { roleId: users.find(({ roleId }) => roleId !== null)?.roleId ?? null })
    },
    'make-field-optional': async () => {
      await sandbox.crm(nova).change({ settings: { requiredLeadFields: [] } })
    },
    'raise-limit': async () => {
      await sandbox.rd(nova).change({ settings: { maxSaleValue: NO_LIMIT } })
    },
    'bring-back': async () => {
      const faults = await sandbox.faults()
      for (const { id, match } of faults) if (match.account === nova) await sandbox.clearFaults(id)
    },
    'name-email-field': () => ponte.changeTenants(troubleTenants(names, { knowsEmailField: true })),
  }
}
