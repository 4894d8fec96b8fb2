import { message } from '@ponte/contracts'
import { previewedInShort, previewLead } from '@ponte/registration'
import { completeLead } from '../lead/complete-lead.ts'
import type { Processor } from '../run/job-context.ts'

/**
 * What a lead would become in TOTVS CRM: reads as a live run does, and writes nothing. Nothing is recorded of the person either, so the
 * lead counts as one that Ponte has never seen. Marks of the contact are the package's.
 */
export const shadowLead: Processor<'lead.registered'> = (delivered, context) => ({
  async run() {
    for (const note of delivered.lead.messages ?? []) context.note(note)
    const { data, messages } = await completeLead(delivered, context)
    const preview = await previewLead(data, {
      settings: context.tenant.settings,
      openCrm: () => context.crm,
      packageUntil: Infinity,
      retriesLater: true,
    })
    return { outcome: 'done', summary: [message('in-shadow'), ...previewedInShort(preview), ...messages] }
  },
})
