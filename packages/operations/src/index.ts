export { type Connection, isImpaired, needsPerson, readBreakers, readConnections } from './bridge/connections.ts'
export { countWorkers, keysOf, SAMPLE } from './bridge/read-queue.ts'
export { connectionWords, refusedWords } from './bridge/connection-words.ts'
export { driftWords } from './bridge/drift-words.ts'
export { isInShadow, modeInUse, modeTexts, modeWords, switchableUntil } from './bridge/mode-words.ts'
export * from './bridge/reconcile-words.ts'
export {
  bridgeOf,
  bridgeOfTenants,
  type BridgeDeps,
  type BridgeState,
  countRest,
  readBridge,
} from './bridge/read-bridge.ts'
export { type ProcessDeps } from './processes/process-concerns.ts'
export * from './processes/process-words.ts'
export * from './bridge/read-status.ts'
export { readOldestStartable } from './bridge/oldest-startable.ts'
export { type StateSentence, stateSentence } from './bridge/state-sentence.ts'
export * from './documents/failures-document.ts'
export * from './documents/problem-document.ts'
export * from './documents/results-document.ts'
export * from './documents/retry-document.ts'
export { type FailureGroup, healthDocument, statusDocument } from './documents/status-document.ts'
export { type AuditDocument, readAudit } from './audit/read-audit.ts'
export { countOf, highestFirst, isRequestOver, type Period, periods, periodStart } from '@ponte/state'
export { eventKinds, type EventStatus, type StatusChoice, statusChoices } from './events/event-status.ts'
export * from './events/event-history.ts'
export * from './events/list-events.ts'
export { type EventDocument, type EventReader, type EventRef, eventRefOf } from './events/read-event.ts'
export * from './events/retry-events.ts'
export * from './search/search-events.ts'
export { causeTitle, describeFailure } from './failures/failure-words.ts'
export * from './failures/note-cause.ts'
export * from './failures/read-failed-events.ts'
export * from './failures/read-failures.ts'
export { explain, withPage } from './findings/explain.ts'
export * from './findings/investigation.ts'
export { textRows } from './findings/text-rows.ts'
export {
  createFailedJobs,
  type FailedJobReader,
  type FailedQueue,
  type FailureChoice,
  readOnce,
  sumCounts,
} from './failures/failed-jobs.ts'
export * from './failures/cause-change.ts'
export * from './failures/vendor-answers.ts'
export { MAX_PARSED, maskJobData } from './masking/masked-data.ts'
export { maskEmailsDeep, maskForeignWords, maskResult, maskText, personalWords, textMask } from './masking/masking.ts'
export { csvStream, type Row as CsvRow } from './report/csv.ts'
export { formatFigure, type Unit } from './report/format-figure.ts'
export * from './report/measures.ts'
export * from './report/read-report.ts'
export * from './report/report-csv.ts'
export { countsIn, figureIn, readResultsDocument, reportData, startIn } from './report/report-data.ts'
export { formatStart, periodTexts, spanHeading } from './report/report-texts.ts'
export * from './retries/retry-outcomes.ts'
export * from './results/names.ts'
export { readResults, type Results } from './results/read-results.ts'
export {
  chosenRanges,
  dayAt,
  type ComparedRanges,
  type DayRange,
  mostTenantsOf,
  rangesOf,
  type ResultsPeriod,
  resultsPeriods,
  weekBefore,
} from './results/results-period.ts'
export * from './connect/check-connection.ts'
export {
  type BrowserConnectDeps,
  createBrowserConnect,
  findObstacle,
  type Obstacle,
} from './connect/connect-in-browser.ts'
export { connectProblem, connectProblemTexts, isConnectionLost, nameOfRefusal } from './connect/connect-problem.ts'
export { dialogUrl } from './connect/dialog-url.ts'
export {
  AccountBusyError,
  connectAccount,
  obtainTokens,
  TokensSealedError,
  type TokenSource,
} from './connect/obtain-tokens.ts'
export { registerRdWebhook, WebhookBusyError, WebhookRefusedError } from './connect/rd-webhook.ts'
export { TOKEN_HEADER, webhookAddresses } from './connect/webhook-addresses.ts'
export * from './reconciliation/read-changed-opportunities.ts'
export * from './reconciliation/reconcile.ts'
export { reconcileOnce } from './reconciliation/reconcile-once.ts'
export { withSpareSlots } from './reconciliation/spare-calls.ts'
export * from './reconciliation/unreported.ts'
export * from './waiting/read-waiting.ts'
export { type Checklist, type ChecklistStep, readChecklists } from './set-up/checklist.ts'
export * from './set-up/doctor-investigation.ts'
export * from './users/user.ts'
export * from './queues/queue-ref.ts'
export * from './queues/queue-snapshot.ts'
export * from './queues/queue-status.ts'
export * from './queues/failure-reason.ts'
export * from './queues/masked-contact.ts'
export * from './queues/pending-round.ts'
export * from './queues/job-actions.ts'
export * from './retries/begin-retry.ts'
export * from './retries/read-retries.ts'
export * from './retries/retries.ts'
export * from './retries/retry-failures.ts'
export * from './operations-deps.ts'
export { customFieldsOf } from './set-up/crm/custom-fields-shown.ts'
export {
  type CatalogKind,
  catalogVariables,
  type IdList,
  idsUsedBy,
  isSameId,
  type LeadId,
  leadIds,
  nameOf,
} from './set-up/crm/variables.ts'
export { listed } from './set-up/crm/listed.ts'
export { isWrongAddress, orNothing } from './set-up/crm/answers.ts'
export { emailsOfUsableUsers, stateOfUser } from './set-up/crm/users.ts'
export { checkIngress } from './set-up/checks/webhooks.ts'
export { readSetUp, type SetUpFindings } from './set-up/read-set-up.ts'
export { createCommandCallGuard } from './calls/command-call-guard.ts'
export { openForReading, openRdStation, openStoredRdStation } from './calls/open-clients.ts'
export { isWebAddress, postDelivery, publicOrigin } from './calls/post-delivery.ts'
export { compareShadow, type ShadowComparison } from './comparison/compare-shadow.ts'
export type { Comparison, Counts, Discrepancy } from './comparison/comparison.ts'
export { type ContactState, type ContactStates, createContactStates } from './comparison/contact-states.ts'
export * from './edits/edit-event.ts'
export { isEditable, type Values } from './edits/editable.ts'
export type { Edit } from './edits/edited-data.ts'
export * from './preview/preview-reader.ts'
export * from './queues/read-jobs.ts'
