import { driftKinds, systems } from '@ponte/contracts'
import { processKinds, webhookKinds } from '@ponte/state'
import { z } from 'zod'
import { connectionStates } from '../bridge/connections.ts'
import { failureGroupDocument } from './failures-document.ts'
import { count, failureCode, queue, time } from './members.ts'
import { oldCredentialDocument, refusedFileDocument } from './process-documents.ts'
import { refusedDocument } from './refused-document.ts'

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
  refused: refusedDocument.exactOptional(),
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

const health = z.enum(['good', 'warn', 'bad']).describe('bad: a person has to do something. warn: worth a look')

export type TenantDocument = z.infer<typeof tenant>
const tenant = z.object({
  tenant: z.string(),
  connections: z.array(connection),
  waiting: count.describe('Could run now, or wait for a pause'),
  oldestWaitingSince: time.nullable(),
  waitingForPerson: count,
  delayed: count.describe('Are tried again later'),
  paused: z.array(queue).describe('Queues that a person paused'),
  mode: z.enum(['live', 'shadow']),
  modeSince: time.exactOptional(),
  shadowSince: time.exactOptional(),
  shadowEnded: time.exactOptional(),
  packageOff: time.exactOptional().describe('When the package was switched off, as `ponte switch` was told'),
  goingLive: z.literal(true).exactOptional(),
  /** On the way back: what is Ponte's is still done. */
  draining: z.literal(true).exactOptional(),
  /** After a way back: a file that says live counts only after a switch. */
  needsSwitch: z.literal(true).exactOptional(),
  /** Undone events of Ponte's outside the queues. */
  rest: z.int().exactOptional(),
  /** The mode in the tenants file of the board. */
  modeOfFile: z.enum(['shadow', 'live']).exactOptional(),
  drift: z.array(drift).describe('What a vendor has changed'),
  reconciled: z
    .object({ at: time, missing: count, sent: count, needsPerson: z.boolean(), inARow: count })
    .nullable()
    .describe('What the last reconcile found'),
  refusedFileBy: z.array(z.enum(processKinds)).describe('Processes of the tenant that are in `refusedFile`'),
  oldCredentials: z.array(oldCredentialDocument).describe('Changed credentials that processes do not use yet'),
  workerConnected: z.boolean().nullable().describe('null: Redis does not say'),
  failed: count,
  quarantined: count.describe('How many of the failed are deliveries in quarantine'),
  failures: z.array(failureGroupDocument.omit({ tenant: true })),
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
  refusedFile: z.array(refusedFileDocument).describe('Who does not take the last change of the tenants file'),
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
