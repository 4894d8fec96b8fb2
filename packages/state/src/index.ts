export * from './alerts/alert-episodes.ts'
export * from './operators/audit.ts'
export * from './leads/contact-links.ts'
export * from './marks/contact-marks.ts'
export * from './marks/contact-opportunities.ts'
export * from './circuit-breaker/credential-refusals.ts'
export * from './operators/edits.ts'
export * from './fingerprints/fingerprint.ts'
export * from './fingerprints/fingerprint-key.ts'
export { stateKey } from './redis/keys.ts'
export * from './leads/lead-ledger.ts'
export * from './redis/lock.ts'
export * from './marks/mark-ledger.ts'
export * from './rate-limiter/rate-limiter.ts'
export * from './secrets/reseal.ts'
export {
  type Admission,
  type CallFailure,
  type CallKind,
  type CircuitBreakerPolicy,
  createCircuitBreaker,
  type FailureEffect,
} from './circuit-breaker/circuit-breaker.ts'
export * from './circuit-breaker/open-breakers.ts'
export * from './operators/retry-events.ts'
export { loadScript } from './redis/load-script.ts'
export * from './marks/status-field.ts'
export { createSecretBox, type SecretBox } from './secrets/secret-box.ts'
export * from './timeline/timeline.ts'
export * from './tenants/tenant-start.ts'
export * from './secrets/token-store.ts'
