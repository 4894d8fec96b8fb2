export * from './alerts/alert-episodes.ts'
export * from './alerts/summary-record.ts'
export * from './operators/audit.ts'
export * from './leads/contact-links.ts'
export * from './marks/contact-marks.ts'
export * from './circuit-breaker/credential-refusals.ts'
export * from './connections/doctor-result.ts'
export { createLastTimes, readLastTimes } from './connections/last-times.ts'
export { createDeliveryRecorder, type DeliveryRecorder } from './connections/record-deliveries.ts'
export { type RefusalReason, refusalReasons, type RefusedDeliveries } from './connections/refused-deliveries.ts'
export * from './connections/self-tests.ts'
export * from './operators/connect-attempts.ts'
export {
  createDriftObserver,
  type Drift,
  type DriftObserver,
  isValueExpected,
  readDrift,
  systemOfWebhooks,
  webhookKinds,
} from './drift/drift.ts'
export * from './operators/edits.ts'
export { createFigureCounts, type EntryFigures, type FigureCounts } from './figures/count-figures.ts'
export { type Calendar, createCalendar, type TimeSpan } from './figures/figure-keys.ts'
export { toFigures } from './figures/figure-names.ts'
export * from './figures/figures.ts'
export { type Histogram, quantileMs } from './figures/histogram.ts'
export { openTextOf, otherText, toOpenText } from './figures/open-text.ts'
export * from './figures/read-figures.ts'
export * from './figures/sum-figures.ts'
export * from './fingerprints/fingerprint.ts'
export * from './fingerprints/fingerprint-key.ts'
export * from './imports/imports.ts'
export { queueOfKey, stateKey, updateKey, waitingKey } from './redis/keys.ts'
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
export * from './leads/lead-ledger.ts'
export { createRecordedPersons } from './leads/recorded-person.ts'
export type { Change } from './redis/change.ts'
export * from './redis/lock.ts'
export type { Reading, ValueOf } from './redis/reading.ts'
export * from './replicas/replicas.ts'
export { change, type Fence, isRecorded, LockLost, read, readOne, runStep, type Step } from './redis/step.ts'
export * from './marks/looked-at.ts'
export * from './marks/mark-ledger.ts'
export {
  isFollowedBy,
  isLate,
  isRest,
  isOfPackage,
  type KeptJob,
  modeKey,
  type ModeRecord,
  neededCommand,
  type OwnedEvent,
  packageUntil,
  packageUntilFor,
} from './mode/mode-record.ts'
export { createTenantMode, goingLiveLock, KEEP_SHADOW_MS, ownerFunctions, type TenantMode } from './mode/tenant-mode.ts'
export * from './rate-limiter/rate-limiter.ts'
export * from './rules/owner-turns.ts'
export * from './rules/rule-use.ts'
export * from './secrets/reseal.ts'
export {
  type Admission,
  type CallKind,
  createCircuitBreaker,
  type FailureEffect,
} from './circuit-breaker/circuit-breaker.ts'
export { type Clock, serverTime, startStopwatch, systemClock } from './redis/clock.ts'
export * from './circuit-breaker/open-breakers.ts'
export { probeSystemNow } from './circuit-breaker/by-hand/probe-now.ts'
export * from './reconcile/reconcile-record.ts'
export { createRejectedConversions } from './reconcile/rejected-conversions.ts'
export { createRehearsals, type RehearsalState } from './rehearsal/rehearsal.ts'
export * from './failures/failed-sets.ts'
export * from './retries/retry-keys.ts'
export { createBatches } from './redis/batches.ts'
export { listOf, loadScript, loadScripts } from './redis/load-script.ts'
export * from './marks/status-ledger.ts'
export * from './operators/cause-records.ts'
export { createSecretBox, type SecretBox } from './secrets/secret-box.ts'
export { createEventLists, eventListPrefix, listedKinds, type ListedTimeline } from './timeline/event-lists.ts'
export type { TimelineEntry, TimelineRun } from './timeline/timeline-entry.ts'
export * from './timeline/timeline.ts'
export * from './tenants/process-use.ts'
export * from './tenants/tenant-time.ts'
export * from './secrets/token-store.ts'
