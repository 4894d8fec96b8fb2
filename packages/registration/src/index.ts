export { decideOpportunity } from './decide-opportunity.ts'
export { findLead, type SoughtPerson } from './find-lead.ts'
export { recordedIds } from './find-opportunity.ts'
export { findOpportunityCatalog } from './opportunity-catalog.ts'
export * from './plan-registration.ts'
export { createCrmReader } from './preview/crm-reader.ts'
export type * from './preview/lead-preview.ts'
export { previewDelivery } from './preview/preview-delivery.ts'
export * from './preview/preview-messages.ts'
export { previewLead, type PreviewDeps } from './preview/preview-lead.ts'
export * from './registration-cause.ts'
export {
  type DefaultUserReason,
  findOwners,
  findResponsibleUser,
  isDefaultUser,
  type Owners,
} from './responsible-user.ts'
