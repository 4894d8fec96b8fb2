export * from './read-changed-opportunities.ts'
export * from './reconcile.ts'
export { withSpareSlots } from './spare-calls.ts'
export * from './unreported.ts'
