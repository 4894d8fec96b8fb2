import type { ReasonCode } from '@ponte/contracts'
import { readOnce, sumCounts, findQueue, queueParameters, type QueueRef } from '@ponte/operations'
import type { FailedChoice, FailedCount } from '@ponte/state'
import { z } from 'zod'
import { type BoardDeps } from '../../board-deps.ts'
import { reasonCode } from '../../ui/filters.ts'
import { hiddenFields, type Html, html } from '../../ui/html.ts'
import { choiceOf, type FailureFilters, failureFilters } from './filters.ts'

/** The parameters in the address of a page of one queue's failures. */
export const partParameters = queueParameters.extend({ code: reasonCode })

/** What has failed in one queue with one code. */
export interface FailurePart {
  readonly queueRef: QueueRef
  readonly code: ReasonCode
}

/** What of it a form names, at this moment. */
interface CountedPart extends FailurePart {
  readonly count: number
  /** By which it is read. */
  readonly counts: readonly FailedCount[]
  readonly choice: FailedChoice
}

const form = z.object({ part: z.union([z.string(), z.array(z.string())]).transform(parts => [parts].flat()) })

const nameOf = ({ queueRef, code }: FailurePart): string => `${queueRef.tenant.name}/${queueRef.kind}/${code}`

/** The fields by which a form names failures. They include the filters of the page, so that the form names what was shown. */
export const partFields = (parts: readonly FailurePart[], filters: Partial<FailureFilters> = {}): readonly Html[] => [
  ...parts.map(part => html`<input type="hidden" name="part" value="${nameOf(part)}" />`),
  ...hiddenFields(failureFilters.fieldsOf({ ...filters, tenant: undefined, code: undefined })),
]

/** What a form names. */
export interface NamedFailures {
  /** Empty when it names no queue and code. */
  readonly parts: readonly CountedPart[]
  readonly filters: FailureFilters
}

/** Each part that a form names, with what has failed of it within the filters of the form. Throws UnknownFilters. */
export async function readParts(deps: BoardDeps, body: unknown): Promise<NamedFailures> {
  const filters = failureFilters.read(body, deps.tenants)
  const named = (form.safeParse(body).data?.part ?? []).flatMap(name => toPart(deps, name) ?? [])
  const parts = new Map(named.map(part => [nameOf(part), part]))
  const failedJobs = readOnce(deps.failedJobs)
  const now = Date.now()
  const read = await Promise.all(
    Array.from(parts.values(), async part => {
      const choice = choiceOf({ ...filters, code: part.code }, now)
      const { queueRef, code } = part
      const isNamed =
        (filters.tenant ?? queueRef.tenant.name) === queueRef.tenant.name && (filters.code ?? code) === code
      const counts = isNamed ? await failedJobs.count(queueRef, choice) : []
      return { ...part, count: sumCounts(counts), counts, choice }
    }),
  )
  return { parts: read, filters }
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
