export { clipText } from './text/clip-text.ts'
export * from './crm-opportunity-to-rd-mark.ts'
export { mergeCustomFields, readCustomField } from './custom-field.ts'
export { type Decision, type DecisionOutcome, notesOf } from './decision.ts'
export { decideNewLead, type LeadWriting, leadWritingOf, toCrmLead } from './lead/rd-lead-to-crm-lead.ts'
export { isEmptyChange, toCrmLeadChange } from './lead/rd-lead-to-crm-lead-change.ts'
export * from './rd-lead-to-crm-opportunity.ts'
export * from './text/same-phone.ts'
export * from './status-rd-text.ts'
export {
  applyFilters,
  type FieldUse,
  type FilterResult,
  findRoute,
  nameOfField,
  usesOf,
  whyNotSent,
} from './rules/apply-rules.ts'
export { findHiddenRules } from './rules/hidden-rules.ts'
export { watchedRules, type WatchedRule } from './rules/watched-rules.ts'
