import { type CrmTrigger, crmTriggers } from '@ponte/contracts'
import type { JsonObject } from '../json.ts'
import type { World } from '../world.ts'
import type { writableKinds } from './inputs.ts'
import type { CrmTenant } from './tenant.ts'
import { fireWorkflows } from './webhooks.ts'

/** What a person or the API did to a record. */
interface Change {
  readonly kind: keyof typeof writableKinds
  /** Absent when the record is new. */
  readonly before?: JsonObject
  readonly after: JsonObject
  /** It triggers no workflow of "updated". */
  readonly isSilent?: boolean
}

/** The changes for which a trigger fires. A trigger without a line does not compile: a workflow could wait for it, and it would never come. */
const firesFor: Readonly<Record<CrmTrigger, (change: Change, tenant: CrmTenant) => boolean>> = {
  'Lead created': ({ kind, before }) => kind === 'lead' && before === undefined,
  'Lead updated': ({ kind, before }) => kind === 'lead' && before !== undefined,
  'Opportunity created': ({ kind, before }) => kind === 'opportunity' && before === undefined,
  'Opportunity won': (change, { settings }) => becomes(change, settings.wonStatus),
  'Opportunity lost': change => becomes(change, 'LOST'),
  'Opportunity discarded': change => becomes(change, 'DISCARDED'),
  'Opportunity updated': (change, { settings }) =>
    change.kind === 'opportunity' &&
    change.before !== undefined &&
    change.isSilent !== true &&
    (settings.statusChangeIsUpdate ||
      ![settings.wonStatus, 'LOST', 'DISCARDED'].some(status => becomes(change, status))),
}

const becomes = ({ kind, before, after }: Change, status: string): boolean =>
  kind === 'opportunity' && before !== undefined && before.status !== after.status && after.status === status

/** Triggers the workflows of everything that this change is. */
export function fireTriggers(world: World, tenant: CrmTenant, rowId: string, change: Change): void {
  for (const trigger of crmTriggers) if (firesFor[trigger](change, tenant)) fireWorkflows(world, tenant, trigger, rowId)
}
