export * from './alerts/alert-episodes.ts'
export {
  type Admission,
  type CallKind,
  createCircuitBreaker,
  type FailureEffect,
} from './circuit-breaker/circuit-breaker.ts'
export * from './circuit-breaker/credential-refusals.ts'
export * from './circuit-breaker/open-breakers.ts'
export {
  createLastTimes,
  readLastTimes,
  type RefusalReason,
  refusalReasons,
  type RefusedDeliveries,
} from './connections/last-times.ts'
export { createDeliveryRecorder, type DeliveryRecorder } from './connections/record-deliveries.ts'
export * from './connections/self-tests.ts'
export {
  createDriftObserver,
  type Drift,
  type DriftObserver,
  isValueExpected,
  readDrift,
  systemOfWebhooks,
  webhookKinds,
} from './drift/drift.ts'
export * from './failures/failed-sets.ts'
export {
  createFigureCounts,
  type EntryFigures,
  type FigureCounts,
  openTextOf,
  otherText,
  toOpenText,
} from './figures/count-figures.ts'
export { type Calendar, createCalendar, type TimeSpan } from './figures/figure-keys.ts'
export * from './figures/figures.ts'
export * from './figures/read-figures.ts'
export * from './fingerprints/fingerprint.ts'
export * from './imports/imports.ts'
export * from './leads/contact-links.ts'
export * from './leads/contact-marks.ts'
export * from './leads/lead-ledger.ts'
export * from './marks/looked-at.ts'
export * from './marks/mark-ledger.ts'
export * from './marks/status-ledger.ts'
export * from './mode/tenant-mode.ts'
export * from './operators/audit.ts'
export * from './operators/cause-records.ts'
export * from './operators/connect-attempts.ts'
export * from './operators/edits.ts'
export * from './rate-limiter/rate-limiter.ts'
export * from './reconcile/reconcile-record.ts'
export { createBatches } from './redis/batches.ts'
export { type Clock, serverTime, startStopwatch, systemClock } from './redis/clock.ts'
export { queueOfKey, stateKey, updateKey, waitingKey } from './redis/keys.ts'
export { listOf, loadScript, loadScripts } from './redis/load-script.ts'
export * from './redis/lock.ts'
export {
  askPrimaries,
  commandTimeoutOf,
  primariesOf,
  primaryNameOf,
  readMemory,
  type RedisClient,
  scanKeys,
  withDeadline,
} from './redis/redis-client.ts'
export * from './redis/replicas.ts'
export {
  type Change,
  change,
  type Fence,
  isRecorded,
  LockLost,
  read,
  type Reading,
  readOne,
  runStep,
  type Step,
  type ValueOf,
} from './redis/step.ts'
export { createRehearsals, type RehearsalState } from './rehearsal/rehearsal.ts'
export * from './retries/retry-keys.ts'
export * from './rules/rule-use.ts'
export * from './secrets/secret-box.ts'
export * from './secrets/token-store.ts'
export * from './tenants/process-use.ts'
export * from './tenants/tenant-time.ts'
export * from './timeline/timeline.ts'
