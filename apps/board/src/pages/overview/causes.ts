import type { BridgeState } from '@ponte/report'
import { sparkline } from '../../charts/sparkline.ts'
import { filteredAddress } from '../../ui/filters.ts'
import { type Html, html } from '../../ui/html.ts'
import { ago } from '../../ui/moment.ts'
import { formatCount } from '../../ui/shell.ts'
import { causeTitle } from '../failures/cause-card.ts'
import type { Cause } from '../failures/causes.ts'
import { USUAL_PERIOD } from '../failures/filters.ts'
import type { OverviewView } from './reader.ts'
import { overviewTexts } from './texts.ts'

/** The others are on the page of failures. */
const MOST_SHOWN = 5

/** The causes of most failures, each with its tenants, when they came, and where they are retried. */
export function renderCauses({ failed }: BridgeState, view: OverviewView): Html | undefined {
  const { language, causes, filters } = view
  const words = overviewTexts[language]
  if (failed === 0 || causes.length === 0) return undefined
  const others = causes.length - MOST_SHOWN
  return html`<section class="card what-failed" aria-labelledby="what-failed">
    <h2 id="what-failed">${words.whatFailed}</h2>
    <ul class="rows">
      ${causes.slice(0, MOST_SHOWN).map(cause => renderCause(cause, view))}
    </ul>
    ${
      others > 0
        ? html`<p>
            <a href="${filteredAddress('/failures', { tenant: filters.tenant }, USUAL_PERIOD)}"
              >${words.otherCauses(others)}</a
            >
          </p>`
        : undefined
    }
  </section>`
}

function renderCause(cause: Cause, view: OverviewView): Html {
  const { code, count, queues, last, hours } = cause
  const { language, user, now, filters } = view
  const words = overviewTexts[language]
  const tenants = [...new Set(queues.map(({ queueRef }) => queueRef.tenant.name))]
  const recent = hours.reduce((sum, each) => sum + each, 0)
  const title = causeTitle(cause, language)
  const href = filteredAddress('/failures', { tenant: filters.tenant, code }, USUAL_PERIOD)
  return html`<li>
    <strong class="count">${formatCount(count, language)}</strong>
    <span class="what"
      ><strong>${title}</strong> <span class="soft">${tenants.join(', ')} · ${ago(last, language, now)}</span></span
    >
    ${sparkline(hours, { label: words.inADay(recent) })}
    <a class="button" href="${href}" aria-label="${user?.role === 'operator' ? words.fix : words.see}: ${title}"
      >${user?.role === 'operator' ? words.fix : words.see}</a
    >
  </li>`
}
