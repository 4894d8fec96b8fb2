import type { FailedJobReader } from './failures/failed-jobs.ts'
import type { VendorAnswers } from './failures/vendor-answers.ts'
import { isJobId, queueKinds, type Queues, type Tenant } from '@ponte/runtime'
import type { Audit, Fingerprint, KeptFigures, RedisClient } from '@ponte/state'
import { z } from 'zod'
import { type QueueRef, splitQueueName } from './queues/queue-ref.ts'
import type { Retries } from './retries/begin-retry.ts'

/** What is needed to ask something about events, and to retry them. */
export interface OperationsDeps {
  /** Of this moment, and only those that may be seen by who asks. */
  readonly tenants: readonly Tenant[]
  readonly queues: Queues
  readonly redis: RedisClient
  readonly fingerprint: Fingerprint
  readonly audit: Audit
  readonly failedJobs: FailedJobReader
  readonly vendorAnswers: VendorAnswers
  readonly retries: Retries
  readonly keptFigures: KeptFigures
}

export const queueParameters = z.object({ tenant: z.string(), kind: z.enum(queueKinds) })
const jobParameters = queueParameters.extend({ job: z.string().refine(isJobId) })

/** The job id that an address names. Empty when it cannot be one: no job has an empty id. */
export const readJobId = (named: unknown): string => jobParameters.safeParse(named).data?.job ?? ''

/** The queue that an address or a form names, if there is one. */
export function findQueue(
  { tenants, queues }: Pick<OperationsDeps, 'tenants' | 'queues'>,
  named: unknown,
): QueueRef | undefined {
  const { data } = queueParameters.safeParse(named)
  const tenant = tenants.find(({ name }) => name === data?.tenant)
  if (data === undefined || tenant === undefined) return undefined
  return { tenant, kind: data.kind, queue: queues.of(tenant.name)[data.kind] }
}

/** The queue that Bull Board names: `acme.totvs-crm`. */
export const findQueueNamed = (deps: Pick<OperationsDeps, 'tenants' | 'queues'>, name: string): QueueRef | undefined =>
  findQueue(deps, splitQueueName(name))

/** All queues, tenant by tenant. */
export const allQueues = (deps: Pick<OperationsDeps, 'tenants' | 'queues'>): readonly QueueRef[] =>
  deps.tenants.flatMap(({ name }) => queueKinds.flatMap(kind => findQueue(deps, { tenant: name, kind }) ?? []))
