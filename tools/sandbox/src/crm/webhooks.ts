import { randomUUID } from 'node:crypto'
import { type CrmTrigger, crmTriggers } from '@ponte/contracts'
import type { World } from '../world.ts'
import type { CrmTenant } from './tenant.ts'

/** The CRM's own ids of triggers and objects, the same in every event. */
const leadObject = 'd1000000-0000-4000-8000-000000000001'
const opportunityObject = 'd1000000-0000-4000-8000-000000000002'
const triggerId = (trigger: CrmTrigger): string =>
  `e1000000-0000-4000-8000-${String(crmTriggers.indexOf(trigger) + 1).padStart(12, '0')}`

/** POSTs the event, without the record, to every workflow of the trigger (docs/vendors/totvs-crm.md#workflow-webhooks). Does not wait. */
export function fireWorkflows(world: World, tenant: CrmTenant, trigger: CrmTrigger, rowId: string): void {
  const { settings, workflows } = tenant
  const fired = workflows.filter(each => each.trigger === trigger)
  for (const workflow of fired.flatMap(each => Array.from({ length: settings.webhookCopies }, () => each))) {
    const body = {
      ...(settings.eventIds === 'distinct' && {
        eventId: randomUUID(),
        timestamp: new Date(world.now()).toISOString().replace('Z', '+00:00'),
      }),
      workflow: { id: workflow.id, description: workflow.description },
      trigger: {
        id: triggerId(trigger),
        description: settings.triggerTexts === 'numbered' ? `Gatilho ${crmTriggers.indexOf(trigger) + 1}` : trigger,
      },
      source: {
        object: trigger.startsWith('Lead')
          ? {
              id: leadObject,
              description: 'Lead',
              contextUrl: settings.contextUrl.replace(/opportunity.*/, 'customer/leads'),
            }
          : { id: opportunityObject, description: 'Opportunity', contextUrl: settings.contextUrl },
        row: { id: rowId },
      },
    }
    const delivery = world.deliveries.hold({
      system: 'totvs-crm',
      account: tenant.name,
      trigger,
      url: workflow.url,
      headers: workflow.headers,
      body: () => body,
      timeoutMs: settings.webhookTimeoutMs,
      repeats: settings.webhookRepeats,
      pauseMs: settings.webhookPauseMs,
    })
    if (settings.holdWebhooks) continue
    if (settings.webhookDelayMs === 0) void world.deliveries.send(delivery.id)
    else setTimeout(() => void world.deliveries.send(delivery.id), settings.webhookDelayMs).unref()
  }
}
