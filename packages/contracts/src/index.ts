export * from './system.ts'
export * from './failures/failure.ts'
export * from './failures/failures.ts'
export { ingressFailures } from './failures/ingress-failures.ts'
export * from './failures/failure-row.ts'
export * from './language.ts'
export * from './json.ts'
export * from './lead-fields.ts'
export * from './crm-time.ts'
export * from './text/bounded-text.ts'
export * from './text/number-as-typed.ts'
export * from './identities/identities-of-delivery.ts'
export * from './records/totvs-crm.ts'
export * from './messages/failure-title.ts'
export * from './watched-members.ts'
export * from './jobs/events.ts'
export * from './jobs/jobs.ts'
export * from './identities/event-of-job.ts'
export * from './identities/identities.ts'
export * from './identities/phone-digits.ts'
export {
  asPontes,
  type EditedData,
  isRehearsalIdentifier,
  type LeadImport,
  type Owner,
  ownerOf,
  rehearsalIdentifier,
  type RegisteredLead,
  registeredLead,
  type RehearsedDelivery,
} from './jobs/job-data.ts'
export * from './tenants-file/tenants-file.ts'
export type { SecretPart, SecretPlace } from './tenants-file/setting-fields.ts'
export * from './lead-rules/targets.ts'
export * from './lead-rules/lacking-places.ts'
export * from './lead-rules/convert-values.ts'
export type * from './lead-rules/lead-rules.ts'
export {
  type CrmResource,
  crmDefaults,
  type CrmVariables,
  type OpportunityOutcome,
  sampleVariables,
} from './tenants-file/crm-settings.ts'
export * from './records/rd-station.ts'
export * from './messages/message.ts'
export { messages, ownTexts, skipReasons, waitReasons } from './messages/messages.ts'
export * from './messages/render-message.ts'
