export * from './read-changed-opportunities.ts'
