import { say } from '@ponte/contracts'
import { readCustomField, writeCustomField } from '@ponte/mappers'
import { opportunityLock } from '@ponte/state'
import type { Processor } from './processor.ts'

/** Writes into an opportunity's `statusRD` what the ledger says it should say. A write that changes nothing is not made. SPEC §2.3. */
export const statusRdChanged: Processor<'status-rd.changed'> = {
  run: ({ opportunityId, contextUrl }, context) =>
    context.locked([opportunityLock(opportunityId)], async () => {
      const { crm, marks, tenant } = context
      const { statusRd, totvsCrm } = tenant.settings
      const history = await marks.read(opportunityId)
      if (history.statusRd === undefined) return { outcome: 'skipped', summary: say('nothing to write') }

      const opportunity = await crm.getOpportunity(contextUrl, opportunityId)
      if (opportunity === undefined) return { outcome: 'skipped', summary: say('the opportunity is gone') }

      const { text } = history.statusRd
      const isThere = readCustomField(opportunity.customFields, opportunity, statusRd.field) === text
      if (!isThere)
        await crm.updateOpportunity(opportunityId, writeCustomField(totvsCrm.customFields, statusRd.field, text))
      await marks.write(opportunityId, { ...history, statusRd: { text, written: true } })
      return { outcome: 'done', summary: isThere ? say('statusRD says it already') : say('statusRD written') }
    }),
}
