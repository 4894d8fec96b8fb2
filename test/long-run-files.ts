/**
 * Files that `npm test` leaves to `npm test -- --all`: they take long, and what they show through all processes at once is held by units,
 * or by another journey; the demo is a command of its own. What pages say and do without a browser, the units of the board hold.
 */
export const longRunFiles = [
  'test/browser/**',
  'test/credentials/tokens.test.ts',
  'test/deployment/signals.test.ts',
  'test/leads/costs.test.ts',
  'test/leads/import-of-20000.test.ts',
  'test/moving/moving-in-storms.test.ts',
  'test/moving/moving.test.ts',
  'test/operators/demo.test.ts',
  'test/operators/practice.test.ts',
  'test/operators/results.test.ts',
  'test/operators/set-up.test.ts',
  'test/operators/start.test.ts',
  'test/operators/summary.test.ts',
  'test/operators/traces.test.ts',
  'test/outages/failover.test.ts',
  'test/redis/one-primary-frozen.test.ts',
  'test/rehearsal/broken-facts.test.ts',
  'test/rehearsal/other-runs.test.ts',
  'test/restarts/restarts.test.ts',
  'test/security/erase.test.ts',
  'test/security/nasty-texts.test.ts',
  'test/security/secrets-by-process.test.ts',
  'test/tenants/job-limit.test.ts',
] as const
