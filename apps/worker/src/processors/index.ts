import type { JobName } from '@ponte/contracts'
import { leadRegistered } from './lead-registered.ts'
import { opportunityChanged } from './opportunity-changed.ts'
import type { Processor } from '../run/job-context.ts'
import { statusRdChanged } from './status-rd-changed.ts'

/** The processor of each job. A job without one does not compile. */
export const processors: { [Name in JobName]: Processor<Name> } = {
  'lead.registered': leadRegistered,
  'opportunity.created': opportunityChanged('opportunity.created'),
  'opportunity.won': opportunityChanged('opportunity.won'),
  'opportunity.lost': opportunityChanged('opportunity.lost'),
  'opportunity.updated': opportunityChanged('opportunity.updated'),
  'status-rd.changed': statusRdChanged,
}
