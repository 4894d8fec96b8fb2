import { codeSentence, isFailureCode, type Language, type ReasonCode, type Texts, bilingual } from '@ponte/contracts'
import {
  askedOf,
  causeTitle,
  endedOf,
  type Failure,
  failuresLikeTrial,
  isTrialPassed,
  listRetries,
  readFailures,
  readRetry,
  type RetriedQueue,
  type RetryDocument,
  retryOutcomes,
  sumCounts,
} from '@ponte/operations'
import { z } from 'zod'
import { formatCount, commonTexts, queueLabel } from '../../ui/common-texts.ts'
import { type Html, hiddenFields, html } from '../../ui/html.ts'
import { noFilters, page } from '../../ui/board-page.ts'
import { moment } from '../../ui/moment.ts'
import { type Cell, renderTable } from '../../ui/page.ts'
import { failureFilters } from '../../filters/filters.ts'
import { partFields, partOf, renderParts } from '../../ui/parts/failure-parts.ts'
import { retryAddress } from '../../ui/addresses.ts'

const retryTexts = bilingual({
  intro: {
    en: 'What became of events that were retried together.',
    pt: 'O que aconteceu com os eventos que foram reenviados juntos.',
  },
  none: {
    en: 'Nobody has retried events yet. The buttons are on Failures.',
    pt: 'Ninguém reenviou eventos ainda. Os botões ficam em Falhas.',
  },
  trial: { en: 'Test', pt: 'Teste' },
  progress: { en: 'Events that have ended', pt: 'Eventos concluídos' },
  stopped: {
    en: 'This stopped before its end. What was not retried is still in Failures.',
    pt: 'O reenvio parou antes do fim. O que não foi reenviado continua em Falhas.',
  },
  waits: {
    en: 'What is under way continues by itself; this page updates.',
    pt: 'O que está em andamento segue sozinho; esta página se atualiza.',
  },
  toWaiting: { en: 'See why they wait', pt: 'Ver por que esperam' },
  why: { en: 'Why they failed again', pt: 'Por que falharam de novo' },
  cause: { en: 'Cause', pt: 'Causa' },
  result: { en: 'Result', pt: 'Resultado' },
  any: { en: 'all failures of the queue', pt: 'todas as falhas da fila' },
  several: { en: (count: number) => `${count} causes`, pt: count => `${count} causas` },
  unknown: {
    en: 'There is no such record, it is older than 400 days, or it belongs to another tenant.',
    pt: 'Esse reenvio não existe, tem mais de 400 dias ou é de outra empresa.',
  },
  fixed: { en: 'The test passed.', pt: 'O teste passou.' },
  partlyFixed: { en: 'These causes passed the test:', pt: 'Estas causas passaram no teste:' },
  retryOthers: {
    en: (count: string, isOne: boolean) => (isOne ? 'Retry the other one' : `Retry the other ${count}`),
    pt: (count, isOne) => (isOne ? 'Reenviar o outro' : `Reenviar os outros ${count}`),
  },
  all: { en: 'All retries', pt: 'Todos os reenvios' },
})

const MAX_LISTED = 50
/** Somebody looks at what was begun so lately, and sees its end at once. */
const LOOKED_AT_MS = 120_000

const title: Texts = { en: 'Retries', pt: 'Reenvios' }
const parameters = z.object({ id: z.string().max(40) })

/** `/retries`: the newest retries. */
export const retriesPage = page({
  path: '/retries',
  title,
  filters: noFilters,
  read: ({ deps }) => listRetries(deps, MAX_LISTED),
  render(retries, { language, title: heading }) {
    const words = retryTexts[language]
    const common = commonTexts[language]
    const table = renderTable(
      [common.when, common.user, common.tenant, words.cause, words.result],
      retries.map(retry => renderRow(retry, language)),
    )
    const body = html`<p><a href="/failures">${common.toFailures}</a></p>
      <h1>${heading}</h1>
      <p class="soft">${words.intro}</p>
      ${retries.length === 0 ? html`<p class="notice done">${words.none}</p>` : table}`
    return { body, refreshes: retries.some(({ ended }) => !ended) }
  },
})

/** `/retries/…`: how far a retry is, what became of its events, and why some failed again. */
export const retryPage = page({
  path: '/retries/:id',
  title,
  filters: noFilters,
  async read({ deps, user, request }) {
    const { id } = parameters.catch({ id: '' }).parse(request.params)
    const retry = await readRetry(deps, id)
    if (retry === undefined) return undefined
    const hasFailed = retry.queues.some(({ failed }) => failed.length > 0)
    return {
      retry,
      others: user.role === 'operator' ? await failuresLikeTrial(deps, retry) : [],
      failures: hasFailed ? (await readFailures(deps, user)).failures : [],
    }
  },
  render(found, { language, now }) {
    const words = retryTexts[language]
    const { unknown: text, all } = words
    if (found === undefined) return { status: 404, text, link: { href: '/retries', text: all } }
    const { retry, others, failures } = found
    const summary = summaryText(retry, language)
    const body = html`<p><a href="/failures">${commonTexts[language].toFailures}</a></p>
      <div role="status"><h1>${summary}</h1></div>
      ${renderProgress(retry, language)}
      ${retry.state === 'stopped' ? html`<p class="notice warning">${words.stopped}</p>` : undefined}
      ${others.length > 0 ? renderOthers(retry, others, language) : undefined}
      ${retry.queues.length > 1 ? renderQueues(retry, language) : undefined} ${renderReasons(retry, failures, language)}
      <p class="soft">${renderWhat(retry, language)} · ${retry.by} · ${moment(retry.at, language)}</p>
      <p><a href="/retries">${all}</a></p>`
    const isYoung = now - retry.at < LOOKED_AT_MS
    return { title: summary, body, refreshes: retry.ended ? false : isYoung ? 'soon' : true }
  },
})

/** How far the retry is, while some of its events have not ended. */
function renderProgress(retry: RetryDocument, language: Language): Html | undefined {
  if (retry.ended) return undefined
  const words = retryTexts[language]
  return html`<progress max="${askedOf(retry)}" value="${endedOf(retry)}" aria-label="${words.progress}"></progress>
    <p class="soft">${words.waits} <a href="/waiting">${words.toWaiting}</a></p>`
}

type Others = Awaited<ReturnType<typeof failuresLikeTrial>>

function renderOthers(retry: RetryDocument, others: Others, language: Language): Html {
  const words = retryTexts[language]
  const count = sumCounts(others)
  const isPassed = retry.queues.every(isTrialPassed)
  return html`<section class="card">
    <h2>${isPassed ? words.fixed : words.partlyFixed}</h2>
    <ul class="tight">
      ${renderParts(others, language)}
    </ul>
    <form class="actions" method="post" action="/failures/retry">
      ${partFields(others.map(partOf))} ${hiddenFields({ confirmed: 'yes' })}
      <button type="submit">${words.retryOthers(formatCount(count, language), count === 1)}</button>
    </form>
  </section>`
}

function renderQueues({ state, queues }: RetryDocument, language: Language): Html {
  const words = retryTexts[language]
  const { tenant } = commonTexts[language]
  return renderTable(
    [tenant, words.cause, words.result],
    queues.map(own => [own.tenant, causeText(own, language), outcomeText({ state, queues: [own] }, language)]),
  )
}

/** Why events failed again, each reason with a link to what has failed like that now. */
function renderReasons({ queues }: RetryDocument, failures: readonly Failure[], language: Language): Html | undefined {
  const reasons = queues.flatMap(({ tenant, failed }) => failed.map(each => ({ ...each, tenant })))
  const titleOf = ({ tenant, code }: (typeof reasons)[number]): string => {
    const [now, ...others] = failures.filter(each => each.tenant === tenant && each.code === code)
    return now === undefined || others.length > 0 ? codeSentence(code, language) : causeTitle(now, language).title
  }
  if (reasons.length === 0) return undefined
  return html`<h2>${retryTexts[language].why}</h2>
    <ul>
      ${reasons.map(reason => {
        const { tenant, code, count } = reason
        const address = failureFilters.address({ tenant, code })
        return html`<li>
          <strong>${tenant}</strong> ${formatCount(count, language)} ·
          <a href="${address}">${titleOf(reason)}</a> ${renderCode(code)}
        </li>`
      })}
    </ul>`
}

const renderCode = (code: ReasonCode): Html | undefined =>
  isFailureCode(code) ? html`<a class="code" href="/error-codes/${code}">${code}</a>` : undefined

function renderRow(retry: RetryDocument, language: Language): readonly Cell[] {
  const { id, at, by, queues } = retry
  const tenants = [...new Set(queues.map(({ tenant }) => tenant))].join(', ')
  const result = html`<a href="${retryAddress(id)}">${summaryText(retry, language)}</a>`
  return [moment(at, language), by, tenants, renderWhat(retry, language), result]
}

/** `250 events: 248 delivered, 2 failed again`. */
function summaryText(retry: RetryDocument, language: Language): string {
  const words = retryTexts[language]
  const asked = askedOf(retry)
  const head = retry.kind === 'trial' ? words.trial : commonTexts[language].events(asked)
  return `${head}: ${outcomeText(retry, language)}`
}

const outcomeText = (retry: Pick<RetryDocument, 'state' | 'queues'>, language: Language): string =>
  retryOutcomes(retry, language)
    .map(({ text }) => text)
    .join(', ')

function renderWhat({ queues }: RetryDocument, language: Language): string {
  const texts = [...new Set(queues.map(own => causeText(own, language)))]
  return texts.length === 1 ? (texts[0] ?? '') : retryTexts[language].several(texts.length)
}

const causeText = ({ code, queue }: RetriedQueue, language: Language): string =>
  code === null ? `${retryTexts[language].any} ${queueLabel(queue, language)}` : codeSentence(code, language)
