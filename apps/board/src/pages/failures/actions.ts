import { codeSentence } from '@ponte/contracts'
import { chosenToRetry, type RetryKind, sumCounts } from '@ponte/operations'
import { z } from 'zod'
import { failureFilters, type FailureFilters } from '../../filters/page-filters.ts'
import { retryAddress } from '../../ui/addresses.ts'
import { action, type Asked, type Outcome, type Rendered } from '../../ui/board-page.ts'
import { formatCount } from '../../ui/common-texts.ts'
import { hiddenFields, html } from '../../ui/html.ts'
import { type NamedFailures, partFields, partOf, readParts } from '../../ui/parts/failure-parts.ts'
import { ASK_ABOVE } from './cause-card.ts'
import { failureTexts } from './texts.ts'

type AskedFailures = Asked<FailureFilters>

const confirmation = z.object({ confirmed: z.literal('yes') })
const of = { back: '/failures', filters: failureFilters }

/** Retries all that a form names. */
export const retryFailures = action({
  ...{ ...of, path: '/failures/retry' },
  async run(asked) {
    const parts = await readParts(asked)
    const found = parts.filter(part => part.count > 0)
    const isAsked = sumCounts(found) > ASK_ABOVE && !confirmation.safeParse(asked.request.body).success
    return isAsked ? renderQuestion(found, asked) : await begin('all', parts, asked)
  },
})

/** Retries the newest of each that a form names. */
export const tryFailures = action({
  ...{ ...of, path: '/failures/try' },
  run: async asked => await begin('trial', await readParts(asked), asked),
})

/** Starts the work and leads to the page that shows it. */
async function begin(
  kind: RetryKind,
  parts: NamedFailures,
  { deps, user, language, title }: AskedFailures,
): Promise<Outcome> {
  const { noQueue, noLonger } = failureTexts[language]
  if (parts.length === 0) return { status: 404, text: noQueue }
  const found = parts.filter(({ count }) => count > 0)
  const queues = found.length === 0 ? [] : await chosenToRetry(deps, kind, found)
  if (queues.length === 0) return { status: 409, text: noLonger, link: { href: '/failures', text: title } }
  return retryAddress(await deps.retries.start(user, kind, queues))
}

function renderQuestion(parts: NamedFailures, { filters, language }: AskedFailures): Rendered {
  const words = failureTexts[language]
  const count = formatCount(sumCounts(parts), language)
  const title = words.sure(count)
  const body = html`<h1>${title}</h1>
    <ul>
      ${parts.map(
        ({ queueRef, code, count: own }) =>
          html`<li>
            <strong>${queueRef.tenant.name}</strong> ${formatCount(own, language)} · ${codeSentence(code, language)}
          </li>`,
      )}
    </ul>
    <p>${words.sureText}</p>
    <form class="actions" method="post" action="/failures/retry">
      ${partFields(parts.map(partOf), filters)} ${hiddenFields({ confirmed: 'yes' })}
      <button type="submit">${words.retryAll(count, false)}</button>
      <a href="/failures">${words.cancel}</a>
    </form>`
  return { title, body }
}
