import { events, failureSentence, systemNames, textIn } from '@ponte/contracts'
import {
  type Checklist,
  type ChecklistStep,
  type Connection,
  findObstacle,
  isImpaired,
  isRequestOver,
  refusedWords,
  type SetUpStep,
  webhookAddresses,
} from '@ponte/operations'
import type { PageView } from '../../ui/board-page.ts'
import { renderCopied } from '../../ui/copy.ts'
import { buttonForm, hiddenFields, type Html, html, inlineCode, trustedHtml } from '../../ui/html.ts'
import { ago } from '../../ui/moment.ts'
import { renderConnect, renderObstacle } from '../../ui/parts/connection-problem.ts'
import { setUpTexts } from './texts.ts'

/** A test that is older tells nothing of now. */
const SHOWN_MS = 600_000

type SetUpView = PageView<unknown>
type SelfTest = NonNullable<Checklist['alerts']>

/** Where both systems find the ingress, and where that is known from. Both call it at the host of the board, unless a setting names another. */
function ingressOf({ deps: { ingressUrl, publicUrl }, origin }: SetUpView) {
  if (ingressUrl !== undefined) return { url: ingressUrl, from: 'ingress' } as const
  return publicUrl === undefined
    ? ({ url: origin, from: 'guess' } as const)
    : ({ url: publicUrl, from: 'board' } as const)
}

/** The checklist of a tenant: what is done in a line, what is left to do with what it takes. */
export function renderSetUp(list: Checklist, view: SetUpView, { isOpen }: { readonly isOpen: boolean }): Html {
  const words = setUpTexts[view.language]
  const { steps } = list
  return html`<details class="set-up" ${trustedHtml(isOpen ? 'open' : '')}>
    <summary>${words.heading(steps.filter(step => !step.isOpen).length, steps.length)}</summary>
    <ol>
      ${steps.map(
        step =>
          html`<li class="${step.isOpen ? 'open' : 'done'}">
            <h3>
              ${words.titles[step.step]}
              <span class="${step.isOpen ? 'warn' : 'good'}">${step.isOpen ? words.open : words.done}</span>
            </h3>
            ${renderProblems(list, view, step)} ${renderers[step.step](list, view, step)}
          </li>`,
      )}
    </ol>
  </details>`
}

type Renderer = (list: Checklist, view: SetUpView, step: ChecklistStep) => Html

const renderers: Readonly<Record<SetUpStep, Renderer>> = {
  'rd-account': (list, view, { isOpen, isProved, isLost }) => {
    const { language, deps } = view
    const { connectFirst, connect, lost } = setUpTexts[language]
    const { name } = list.tenant
    const found = findObstacle(deps, list.tenant)
    const obstacle = found && renderObstacle({ obstacle: found, tenant: name }, language)
    const button = renderConnect(name, { text: connect, isQuiet: false })
    return html`${isProved ? undefined : paragraph(isLost ? lost : connectFirst)}
    ${isOpen && isOperator(view) ? obstacle : undefined}
    ${renderTesting(list, 'rd-station', view, isOpen && obstacle === undefined ? button : undefined)}`
  },
  'crm-login': (list, view, { isProved, isLost }) => {
    const { testFirst, lost } = setUpTexts[view.language]
    return html`${isProved ? undefined : paragraph(isLost ? lost : testFirst)} ${renderTesting(list, 'totvs-crm', view)}`
  },
  values: renderValues,
  'rd-webhook': (list, view, step) => {
    const { rdAddress, address } = setUpTexts[view.language]
    const { name } = list.tenant
    const value = `${webhookAddresses(ingressOf(view).url, name).rdStation}?token=`
    const fields = renderCopied({ id: `${name}-rd-station`, label: address, value }, view.language)
    return renderWebhooks(list, view, { step, text: rdAddress(name), fields: [fields] })
  },
  'crm-webhooks': (list, view, step) => {
    const { language } = view
    const { name } = list.tenant
    const fields = webhookAddresses(ingressOf(view).url, name).workflows.map(({ event, address }, index) =>
      renderCopied(
        { id: `${name}-totvs-crm-${index}`, label: textIn(events[event], language), value: address },
        language,
      ),
    )
    const text = setUpTexts[language].crmAddresses
    return renderWebhooks(list, view, { step, text, fields })
  },
  alerts: renderAlerts,
}

const isOperator = ({ user }: SetUpView): boolean => user.role === 'operator'

const paragraph = (text: string): Html => html`<p class="tight">${inlineCode(text)}</p>`

/** What `ponte doctor` found of a step, by its own names: what each says and what to do says the command. */
function renderProblems(
  list: Checklist,
  { language, now }: SetUpView,
  { problems: found }: ChecklistStep,
): Html | undefined {
  if (list.doctor === undefined || found.length === 0) return undefined
  const text = setUpTexts[language].problems(found.length, list.tenant.name)
  return html`<p class="tight">${inlineCode(text)} ${ago(list.doctor.at, language, now)}</p>
    <ul class="names">
      ${found.map(({ check, problem }) => html`<li><code>${check}: ${problem}</code></li>`)}
    </ul>`
}

function renderValues(list: Checklist, { language, now }: SetUpView, { problems }: ChecklistStep): Html {
  const words = setUpTexts[language]
  const { name } = list.tenant
  const { unset, checkedAt, isOutdated } = list.values
  const samples =
    unset.length === 0
      ? undefined
      : html`${paragraph(words.unset(name))}
          <ul class="names">
            ${unset.map(each => html`<li><code>${each}</code></li>`)}
          </ul>`
  if (checkedAt === undefined)
    return html`${samples} ${paragraph((isOutdated ? words.outdated : words.unchecked)(name))}`
  if (problems.length > 0) return html`${samples}`
  return html`${samples}
    <p class="tight soft">${inlineCode(words.noProblem)} ${ago(checkedAt, language, now)}</p>`
}

interface Webhooks {
  readonly step: ChecklistStep
  readonly text: string
  readonly fields: readonly Html[]
}

/** The addresses stay within reach: the first delivery may come before the last workflow is made. */
function renderWebhooks(list: Checklist, view: SetUpView, { step, text, fields }: Webhooks): Html {
  const { connection, isProved } = step
  if (connection === undefined) return html``
  const { system, refused } = connection
  const { waitingFor, addresses } = setUpTexts[view.language]
  const how = html`${paragraph(text)} ${fields} ${renderBase(view)}`
  if (refused !== undefined) {
    const { headline, todo } = refusedWords(refused, { system, language: view.language, now: view.now })
    return html`<p class="tight ${refused.isMany ? 'bad' : 'warn'}"><strong>${headline}</strong></p>
      ${paragraph(todo)} ${renderDelivery(list, system, view)} ${how}`
  }
  return isProved
    ? html`${renderDelivery(list, system, view)}
        <details>
          <summary>${addresses(fields.length)}</summary>
          ${how}
        </details>`
    : html`<p class="tight"><strong>${waitingFor(systemNames[system])}</strong></p>
        ${how}`
}

/** Where the addresses begin, if that may be wrong. */
function renderBase(view: SetUpView): Html | undefined {
  const { from } = ingressOf(view)
  if (from === 'ingress') return undefined
  const { guessed, fromBoard } = setUpTexts[view.language]
  return html`<p class="tight soft">${inlineCode(from === 'board' ? fromBoard : guessed)}</p>`
}

/** `last delivery: 3 min ago`. */
export const renderDelivery = ({ connections }: Checklist, system: Connection['system'], view: SetUpView): Html =>
  html`${connections.flatMap(each => (each.system === system ? (renderTime('lastDelivery', each, view) ?? []) : []))}`

function renderAlerts({ alerts }: Checklist, view: SetUpView, { isOpen }: ChecklistStep): Html {
  const { language, now } = view
  const words = setUpTexts[language]
  const hasChannels = alerts?.channels !== undefined && alerts.channels.length > 0
  const results = alerts?.channels?.map(
    ({ name, result }) =>
      html`<p class="tight ${result === 'sent' ? 'soft' : 'bad'}">
        ${words.channels[name]}: ${words.sent[result]} · ${ago(alerts.endedAt ?? alerts.askedAt, language, now)}
      </p>`,
  )
  const state = alerts === undefined || alerts.channels !== undefined ? undefined : stateOf(alerts, language, now)
  return html`${isOpen && !hasChannels ? paragraph(words.noAlerts) : undefined}
  ${alerts?.channels?.length === 0 ? html`<p class="tight bad">${words.noChannel}</p>` : undefined} ${results}
  ${state && html`<p class="tight" role="status">${words.test}: ${state}</p>`}
  ${
    isOperator(view)
      ? html`<div class="actions">${buttonForm('/connections/alert-test', words.sendTest, { isQuiet: !isOpen })}</div>`
      : undefined
  }`
}

/** When a connection was last known to work, what its last test showed, and for operators the button that tests it. */
export function renderTesting(
  { tenant, connections, tests }: Pick<Checklist, 'tenant' | 'connections' | 'tests'>,
  system: Connection['system'],
  view: SetUpView,
  also?: Html,
): Html {
  const { language, address: next } = view
  const connection = connections.find(each => each.system === system)
  const time = connection && renderTime('lastSuccess', connection, view)
  // What is wrong stands above, with its own button.
  if (connection === undefined || isImpaired(connection)) return html`${time}`
  const check = `/connections/${tenant.name}/${system}/check`
  const about = `${tenant.name} · ${systemNames[system]}`
  return html`${time} ${renderTest(tests[system], view)}
  ${
    isOperator(view)
      ? html`<div class="actions">
          ${also}
          ${buttonForm(check, setUpTexts[language].testNow, { about, isQuiet: true, fields: hiddenFields({ next }) })}
        </div>`
      : undefined
  }`
}

/** `last success: 3 min ago`. */
function renderTime(kind: 'lastSuccess' | 'lastDelivery', connection: Connection, view: SetUpView): Html | undefined {
  const { language, now } = view
  const at = connection[kind]
  if (at === undefined) return undefined
  return html`<p class="tight soft">${setUpTexts[language][kind]}: ${ago(at, language, now)}</p>`
}

function renderTest(test: SelfTest | undefined, { language, now }: SetUpView): Html | undefined {
  if (test === undefined || now - test.askedAt > SHOWN_MS) return undefined
  const words = setUpTexts[language]
  const { endedAt, code } = test
  const when = endedAt === undefined ? undefined : html` · ${ago(endedAt, language, now)}`
  const look = code !== undefined ? 'bad' : test.durationMs === undefined ? 'warn' : 'good'
  const link = code && html` · <a href="/error-codes/${code}"><code>${code}</code></a>`
  return html`<p class="tight" role="status">
    ${words.test}: <span class="${look}">${stateOf(test, language, now)}</span>${when}${link}
  </p>`
}

function stateOf(test: SelfTest, language: SetUpView['language'], now: number): string {
  const words = setUpTexts[language]
  const { askedAt, endedAt, code, durationMs } = test
  if (endedAt === undefined) return isRequestOver(askedAt, now) ? words.unanswered : words.underWay
  if (code !== undefined) return failureSentence(code, language)
  return durationMs === undefined ? words.notCalled : words.passed(durationMs)
}
