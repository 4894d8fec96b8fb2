import type { ReasonCode } from '@ponte/contracts'
import { type ChosenFailures, findQueue, queueParameters, sumCounts } from '@ponte/operations'
import { z } from 'zod'
import { type BoardDeps } from '../../board-deps.ts'
import { reasonCode } from '../../ui/filters.ts'
import { hiddenFields, type Html, html } from '../../ui/html.ts'
import { choiceOf, type FailureFilters, failureFilters } from './filters.ts'

/** The parameters in the address of a page of one queue's failures. */
export const partParameters = queueParameters.extend({ code: reasonCode })

/** What has failed in one queue with one code. */
export interface FailurePart {
  readonly tenant: string
  readonly queue: string
  readonly code: ReasonCode
}

/** What of it a form names, at this moment. */
interface CountedPart extends ChosenFailures {
  readonly count: number
}

/** How a form names what it chooses. */
export const partOf = ({ queueRef: { tenant, kind: queue }, code }: ChosenFailures): FailurePart => ({
  ...{ tenant: tenant.name, queue, code },
})

const form = z.object({ part: z.union([z.string(), z.array(z.string())]).transform(parts => [parts].flat()) })

const nameOf = ({ tenant, queue, code }: FailurePart): string => `${tenant}/${queue}/${code}`

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
  const named = new Set(form.safeParse(body).data?.part)
  const parts = [...named].flatMap(name => toPart(deps, name) ?? [])
  const now = Date.now()
  const read = await Promise.all(
    parts.map(async ({ queueRef, code }) => {
      const choice = choiceOf({ ...filters, code }, now)
      const isNamed =
        (filters.tenant ?? queueRef.tenant.name) === queueRef.tenant.name && (filters.code ?? code) === code
      const counts = isNamed ? await deps.failedJobs.count(queueRef, choice) : []
      return { queueRef, code, choice, count: sumCounts(counts) }
    }),
  )
  return { parts: read, filters }
}

/** The part of this name, spelled as `nameOf` spells it and no other way. */
function toPart(deps: BoardDeps, name: string): ChosenFailures | undefined {
  const [tenant = '', queue = '', named] = name.split('/')
  const queueRef = findQueue(deps, { tenant, kind: queue })
  const code = reasonCode.safeParse(named).data
  if (queueRef === undefined || code === undefined) return undefined
  return nameOf({ tenant, queue, code }) === name ? { queueRef, code } : undefined
}
