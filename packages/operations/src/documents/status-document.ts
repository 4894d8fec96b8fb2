import { driftKinds, systems } from '@ponte/contracts'
import { processKinds, refusalReasons, webhookKinds } from '@ponte/state'
import { z } from 'zod'
import { count, failureCode, queue, reasonCode, time } from './members.ts'

/**
 * The state of a connection. `not-tried`: no call has succeeded so far. Some may have failed. `disconnected`: RD Station no longer accepts the account's token, until a person connects the account again.
 * `login-refused`: the system no longer accepts Ponte's own login, client id or password. `no-answer-to-writes`: the system fails when
 * something is written. Whether it can be read is not known.
 */
const connectionStates = [
  'ok',
  'not-tried',
  'disconnected',
  'login-refused',
  'down',
  'throttled',
  'no-answer-to-writes',
] as const

/** What was refused of a source since one of its deliveries was accepted. */
const refused = z.object({
  count: count.describe('Deliveries that were refused since one was accepted'),
  reasons: z.partialRecord(z.enum(refusalReasons), count),
  first: time,
  last: time,
  isMany: z.boolean().describe('Ten or more came within 15 minutes: an alert tells it'),
  alertFrom: time.describe('When the alert tells it, unless a delivery is accepted'),
})

export type ConnectionDocument = z.infer<typeof connection>
const connection = z.object({
  system: z.enum(systems),
  state: z.enum(connectionStates),
  needsPerson: z.boolean().describe('Ponte cannot end this state by itself'),
  code: failureCode.exactOptional(),
  httpStatus: z.int().exactOptional().describe('Of the last answer that failed'),
  since: time.exactOptional(),
  nextCheck: time.exactOptional(),
  lastSuccess: time.exactOptional(),
  lastDelivery: time.exactOptional(),
  refused: refused.exactOptional(),
})

const drift = z.discriminatedUnion('what', [
  z.object({ what: z.literal('member-gone'), kind: z.enum(driftKinds), member: z.string(), since: time }),
  z.object({
    what: z.literal('unknown-value'),
    kind: z.enum([...driftKinds, ...Object.values(webhookKinds)]),
    member: z.string(),
    value: z.string(),
    since: time,
  }),
])

export type ModeDocument = z.infer<typeof mode>
const mode = z.object({
  mode: z.enum(['live', 'shadow']),
  modeSince: time.optional(),
  shadowSince: time.optional(),
  shadowEnded: time.optional(),
  packageOff: time.optional().describe('When the package was switched off, as `ponte switch` was told'),
  goingLive: z.literal(true).optional(),
  /** On the way back: what is Ponte's is still done. */
  draining: z.literal(true).optional(),
  /** After a way back: a file that says live counts only after a switch. */
  needsSwitch: z.literal(true).optional(),
  /** Undone events of Ponte's outside the queues. */
  rest: z.int().optional(),
  /** The mode in the tenants file of the board. */
  modeOfFile: z.enum(['shadow', 'live']).optional(),
})

/** A change of the tenants file that processes do not take: they go on with the file as it was before. */
export type RefusedFile = z.infer<typeof refusedFile>
const refusedFile = z.object({
  process: z.enum(processKinds),
  since: time,
  problems: z.array(z.string()).describe('The first mistakes, for operators of all tenants'),
})

/** A credential of which running processes do not use the newest value, or not the same. */
export type OldCredential = z.infer<typeof oldCredential>
const oldCredential = z.object({
  setting: z.string().describe('Where it stands in the tenants file, such as `totvsCrm.password`'),
  processes: z.array(z.enum(processKinds)),
  isNewestKnown: z.boolean().describe('False: they use different values, and nobody knows which is the newest'),
  restart: z.array(z.string()).describe('The lines that end it'),
})

/** What failed in one queue with one code. */
export type FailureGroup = z.infer<typeof failureGroup>
export const failureGroup = z.object({
  code: reasonCode.describe('A failure code, or WITHOUT_CODE'),
  tenant: z.string(),
  queue,
  count,
  first: time.describe('When the oldest of them failed'),
  last: time.describe('When the newest of them failed'),
})

const health = z.enum(['good', 'warn', 'bad']).describe('bad: a person has to do something. warn: worth a look')

export type TenantDocument = z.infer<typeof tenant>
const tenant = z.object({
  tenant: z.string(),
  connections: z.array(connection),
  waiting: count.describe('Could run now, or wait for a pause'),
  oldestWaitingSince: time.nullable(),
  /** They go on only when a person has done something. */
  waitingForPerson: count,
  delayed: count.describe('Are tried again later'),
  paused: z.array(queue).describe('Queues that a person paused'),
  ...mode.shape,
  drift: z.array(drift).describe('What a vendor has changed'),
  /** null: there was none in 30 days. */
  reconciled: z
    .object({ at: time, missing: count, sent: count, needsPerson: z.boolean(), inARow: count })
    .nullable()
    .describe('What the last reconcile found'),
  refusedFileBy: z.array(z.enum(processKinds)).describe('Processes of the tenant that are in `refusedFile`'),
  oldCredentials: z.array(oldCredential).describe('Changed credentials that processes do not use yet'),
  workerConnected: z.boolean().nullable().describe('null: Redis does not say'),
  /** Failed marks of one opportunity count as one. */
  failed: count,
  quarantined: count.describe('How many of the failed are deliveries in quarantine'),
  failures: z.array(failureGroup.omit({ tenant: true })),
})

/** How the bridge stands: the answer of `ponte status --json` and of the API. */
export type StatusDocument = z.infer<typeof statusDocument>
export const statusDocument = z.object({
  at: time,
  health,
  summary: z.string(),
  failed: count,
  waiting: count,
  oldestWaitingSince: time.nullable(),
  delayed: count,
  stuckAfterSeconds: z.number().describe('`BOARD_STUCK_SECONDS`: an event that waits for longer is worth a look'),
  refusedFile: z.array(refusedFile).describe('Who does not take the last change of the tenants file'),
  tenants: z.array(tenant),
  unreadable: z.array(z.string()).describe('Tenants for which Redis did not answer'),
})

/** Each tenant in one word and one sentence. */
export type HealthDocument = z.infer<typeof healthDocument>
export const healthDocument = z.object({
  at: time,
  tenants: z.array(
    z.object({
      tenant: z.string(),
      health,
      summary: z.string(),
      failed: count,
      waiting: count,
      oldestWaitingSince: time.nullable(),
    }),
  ),
  unreadable: z.array(z.string()),
})
