import { bilingual, codeSentence, type Language, type ReasonCode } from '@ponte/contracts'
import { type Cause, type ChosenFailures, type Failure, findQueue, queueParameters, sumCounts } from '@ponte/operations'
import { z } from 'zod'
import type { BoardDeps } from '../../board-deps.ts'
import { reasonCode, choiceOf, type FailureFilters, failureFilters, filtersOfCause } from '../../filters/filters.ts'
import type { PageRequest } from '../board-page.ts'
import { hiddenFields, type Html, html } from '../html.ts'
import { commonTexts, formatCount, queueLabel } from '../common-texts.ts'

const texts = bilingual({ details: { en: 'Technical details', pt: 'Detalhes técnicos' } })

/** In characters, of each text. */
const MOST = 300

/** What stands behind the title of a failure, folded away: facts, places in a body, the other system's own words. */
export const renderRaw = (raw: readonly string[], language: Language): Html | undefined =>
  raw.length === 0
    ? undefined
    : html`<details class="raw">
        <summary>${texts[language].details}</summary>
        ${raw.map(text => html`<p class="tight"><code>${text.slice(0, MOST)}</code></p>`)}
      </details>`

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

/** What is retried, of each tenant how many and why. */
export const renderParts = (parts: readonly CountedPart[], language: Language): readonly Html[] =>
  parts.map(
    ({ queueRef, code, count }) =>
      html`<li>
        <strong>${queueRef.tenant.name}</strong> ${formatCount(count, language)} · ${codeSentence(code, language)}
      </li>`,
  )

/** What a form names, empty when it names no queue and code. */
export type NamedFailures = readonly CountedPart[]

/** Each part that a form names, with what has failed of it within the filters of the form. */
export async function readParts({ deps, filters, now, request }: PageRequest<FailureFilters>): Promise<NamedFailures> {
  const named = new Set(form.safeParse(request.body).data?.part)
  const parts = [...named].flatMap(name => toPart(deps, name) ?? [])
  return await Promise.all(
    parts.map(async ({ queueRef, code }) => {
      const choice = choiceOf({ ...filters, code }, now)
      const isNamed =
        (filters.tenant ?? queueRef.tenant.name) === queueRef.tenant.name && (filters.code ?? code) === code
      const counts = isNamed ? await deps.failedJobs.count(queueRef, choice) : []
      return { queueRef, code, choice, count: sumCounts(counts) }
    }),
  )
}

/** The part of this name, spelled as `nameOf` spells it and no other way. */
function toPart(deps: BoardDeps, name: string): ChosenFailures | undefined {
  const [tenant = '', queue = '', named] = name.split('/')
  const queueRef = findQueue(deps, { tenant, kind: queue })
  const code = reasonCode.safeParse(named).data
  if (queueRef === undefined || code === undefined) return undefined
  return nameOf({ tenant, queue, code }) === name ? { queueRef, code } : undefined
}

/** A heading ends without a stop, also where the title of a failure is a sentence. */
export const asHeading = (title: string): string => title.replace(/\.$/, '')

interface TenantsView {
  readonly language: Language
  readonly filters: Partial<FailureFilters>
}

/** The tenants of a cause, each with its count, which leads to its events. */
export const renderTenants = (cause: Pick<Cause, 'code' | 'queues'>, view: TenantsView): readonly Html[] =>
  cause.queues.map(each => renderTenant(each, cause, view))

/** The queue is named when a tenant has the cause in two. */
function renderTenant(
  { tenant, queue, count: number }: Failure,
  { code, queues }: Pick<Cause, 'code' | 'queues'>,
  { language, filters }: TenantsView,
): Html {
  const isTwice = queues.filter(each => each.tenant === tenant).length > 1
  const address = filtersOfCause(`/failures/${tenant}/${queue}/${code}`).address(filters)
  const count = commonTexts[language].events(number)
  return html`<span
    ><strong>${tenant}</strong>${isTwice ? ` ${queueLabel(queue, language)}` : ''}
    <a href="${address}">${count}</a></span
  >`
}
