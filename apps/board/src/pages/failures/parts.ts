import type { ReasonCode } from '@ponte/contracts'
import { type FailedJob, readOnce } from '@ponte/operations'
import { z } from 'zod'
import { type BoardDeps, findQueue, queueParameters } from '../../board-deps.ts'
import type { QueueRef } from '../../queues/queue-ref.ts'
import { type Filters, filterFields, readFilters, reasonCode } from '../../ui/filters.ts'
import { hiddenFields, type Html, html } from '../../ui/html.ts'
import { isAmong, USUAL_PERIOD } from './filters.ts'

/** The parameters in the address of a page of one queue's failures. */
export const partParameters = queueParameters.extend({ code: reasonCode })

/** What has failed in one queue with one code. */
export interface FailurePart {
  readonly queueRef: QueueRef
  readonly code: ReasonCode
}

const form = z.object({ part: z.union([z.string(), z.array(z.string())]).transform(parts => [parts].flat()) }).loose()

const nameOf = ({ queueRef, code }: FailurePart): string => `${queueRef.tenant.name}/${queueRef.kind}/${code}`

/** The fields by which a form names failures. They include the filters of the page, so that the form names what was shown. */
export const partFields = (parts: readonly FailurePart[], filters: Filters): readonly Html[] => [
  ...parts.map(part => html`<input type="hidden" name="part" value="${nameOf(part)}" />`),
  ...hiddenFields(filterFields({ ...filters, tenant: undefined, code: undefined }, USUAL_PERIOD)),
]

/** The failed jobs of each part that a form names, at this moment, newest first. Empty when it names no queue and code. */
export async function readParts(
  deps: BoardDeps,
  body: unknown,
): Promise<readonly (FailurePart & { readonly jobs: readonly FailedJob[] })[]> {
  const sent = form.safeParse(body).data
  const filters = readFilters({ ...sent, tenant: undefined, code: undefined }, [], USUAL_PERIOD)
  const named = (sent?.part ?? []).flatMap(name => toPart(deps, name) ?? [])
  const parts = new Map(named.map(part => [nameOf(part), part]))
  const failedJobs = readOnce(deps.failedJobs)
  const now = Date.now()
  return await Promise.all(
    Array.from(parts.values(), async part => {
      const { jobs } = await failedJobs.read(part.queueRef)
      return { ...part, jobs: jobs.filter(job => job.code === part.code && isAmong(part.queueRef, job, filters, now)) }
    }),
  )
}

/** The part of this name, spelled as `nameOf` spells it and no other way. */
function toPart(deps: BoardDeps, name: string): FailurePart | undefined {
  const [tenant, kind, named] = name.split('/')
  const queueRef = findQueue(deps, { tenant, kind })
  const code = reasonCode.safeParse(named).data
  if (queueRef === undefined || code === undefined) return undefined
  const part = { queueRef, code }
  return nameOf(part) === name ? part : undefined
}
