import {
  type BridgeState,
  stateSentence,
  statusDocument,
  toStatusDocument,
  bridgeOf,
  type Connection,
  connectionWords,
  driftWords,
  type FailureGroup,
  modeWords,
  needsPerson,
  oldCredentialWords,
  reconcileWords,
  refusedWords,
  refusedFileWords,
  type StatusReading,
} from '@ponte/operations'
import { type ExitCode, exitCodes, NotReachableError, type Command, outcomeOf, type Words } from '../session.ts'
import { openOperations } from '../operations.ts'
import { codeSentence, systemNames } from '@ponte/contracts'
import { formatDuration, formatMoment, queueLabel } from '@ponte/runtime'
import type { Look } from '../terminal/paint.ts'

type TenantState = BridgeState['tenants'][number]

interface Clocked extends Words {
  readonly now: number
  readonly timeZone: string
}

const looks = { good: 'good', warn: 'warning', bad: 'bad' } as const satisfies Record<string, Look>

/** Up to this many tenants without anything to report are listed like the others. More of them are one line. */
const MAX_QUIET = 3

/** The state as lines for a person: a summary, then the tenants with something to report, then the others. */
export function describeStatus(
  { state, failures }: StatusReading,
  timeZone: string,
  session: Words,
): readonly string[] {
  const words = { ...session, now: state.at, timeZone }
  const { tone, headline, detail } = stateSentence(state, session.language)
  const groups = Object.groupBy(state.tenants, tenant => {
    const { connections, mode, waiting } = tenant
    const isUntried = connections.some(each => each.state === 'not-tried')
    // Nothing is wrong besides.
    const tried = connections.map(each => (each.state === 'not-tried' ? { ...each, state: 'ok' as const } : each))
    const own = { ...bridgeOf(state, [tenant.tenant]), connections: tried }
    const isWell = stateSentence(own, session.language).tone === 'good' && waiting === 0
    if (!isWell || modeWords(mode, words) !== undefined) return 'others'
    return isUntried ? 'untried' : 'quiet'
  })
  const foldedOf = (group: keyof typeof groups): readonly string[] => {
    const tenants = groups[group] ?? []
    return tenants.length > MAX_QUIET ? tenants.map(({ tenant }) => tenant) : []
  }
  const [quiet, untried] = [foldedOf('quiet'), foldedOf('untried')]
  const shown = state.tenants.filter(({ tenant }) => !quiet.includes(tenant) && !untried.includes(tenant))
  const { status: texts, failures: failureTexts } = session.texts
  return [
    session.paint(looks[tone], headline),
    ...(detail === '' ? [] : [detail]),
    ...describeProcesses(state, session),
    '',
    ...shown.flatMap(tenant => [
      ...describeTenant(
        tenant,
        failures.filter(group => group.tenant === tenant.tenant),
        words,
      ),
      '',
    ]),
    ...state.unreadable.flatMap(tenant => [session.paint('heading', tenant), `  ${texts.unreadable}`, '']),
    ...(untried.length === 0 ? [] : [`${session.paint('warning', '!')} ${texts.untried(untried)}`, '']),
    ...(quiet.length === 0 ? [] : [`${session.paint('good', '✓')} ${texts.quiet(quiet)}`, '']),
    ...(state.failed > 0 ? [texts.seeFailures] : []),
    session.paint('quiet', failureTexts.timesIn(timeZone)),
  ]
}

/** What running processes do not use. */
function describeProcesses(
  { refusedFile, oldCredentials }: BridgeState,
  { language, paint }: Words,
): readonly string[] {
  const problems = new Set(refusedFile.flatMap(each => each.problems))
  return [
    ...(refusedFile.length === 0 ? [] : [refusedFileWords(refusedFile, language)]),
    ...[...problems].map(problem => `  ${paint('bad', '✗')} ${problem}`),
    ...oldCredentials.map(old => `  ${paint('bad', '✗')} ${oldCredentialWords(old, language)}`),
  ]
}

function describeTenant(state: TenantState, failures: readonly FailureGroup[], words: Clocked): readonly string[] {
  const { texts, paint, language, now } = words
  const mode = modeWords(state.mode, words)
  const { waiting, delayed, oldestWaitingSince, paused, workerConnected, failed, drift, reconciled } = state
  const age = oldestWaitingSince === null ? undefined : formatDuration(now - oldestWaitingSince, language)
  const bad = (text: string): string => `  ${paint('bad', '✗')} ${text}`
  return [
    paint('heading', state.tenant),
    ...(mode === undefined ? [] : [`  ${paint('warning', '!')} ${mode}`]),
    ...state.connections.flatMap(connection => [
      describeConnection(connection, words),
      ...describeRefused(connection, words),
    ]),
    ...(workerConnected === false ? [bad(texts.status.noWorker)] : []),
    ...paused.map(kind => bad(texts.status.queuePaused(queueLabel(kind, language)))),
    ...drift.map(each => `  ${paint('warning', '!')} ${driftWords(each, language, now).headline}`),
    ...(reconciled === null ? [] : [`  ${reconcileWords(reconciled, language, now)}`]),
    `  ${texts.status.waiting({ waiting, delayed, age })}`,
    ...(failed === 0 ? [] : [bad(texts.status.failed(failed))]),
    ...failures.map(
      ({ code, count, queue }) =>
        `      ${count} × ${paint('bad', code)}  ${queueLabel(queue, language)}: ${codeSentence(code, language)}`,
    ),
  ]
}

function describeRefused({ system, refused }: Connection, { paint, language, now }: Clocked): readonly string[] {
  if (refused === undefined) return []
  const { headline, todo } = refusedWords(refused, { system, language, now })
  const [look, mark] = refused.isMany ? (['bad', '✗'] as const) : (['warning', '!'] as const)
  return [`  ${paint(look, mark)} ${headline}`, `      ${todo}`]
}

function describeConnection(connection: Connection, { texts, paint, language, now, timeZone }: Clocked): string {
  const { tenant, system, state, code = '', since = now } = connection
  const { headline, times } = connectionWords(connection, language, now)
  const connected = [texts.status.connected, times].filter(part => part !== '').join(' · ')
  if (state === 'ok') return `  ${paint('good', '✓')} ${systemNames[system]}: ${connected}`
  if (state === 'not-tried') return `  ${paint('warning', '!')} ${headline}: \`ponte doctor --tenant ${tenant}\``
  const command = state === 'disconnected' ? 'connect' : 'doctor'
  const remedy = needsPerson(connection) ? `: \`ponte ${command} --tenant ${tenant}\`` : ''
  const [look, mark] = needsPerson(connection) ? (['bad', '✗'] as const) : (['warning', '!'] as const)
  const moment = paint('quiet', `(${texts.status.since(formatMoment(since, language, timeZone))})`)
  return `  ${paint(look, mark)} ${headline} · ${times} (${code})${remedy} ${moment}`
}

/** Says how the connections stand, what waits and what failed. Reads only. */
export const status: Command<{ readonly tenant?: string; readonly api?: string }> = async (options, session) => {
  const operations = await openOperations(options, session)
  const reading = await operations.readStatus()
  const { state } = reading
  if (state.tenants.length === 0) throw new NotReachableError(session.texts.errors.redisUnreachable)
  const data = statusDocument.encode(toStatusDocument(reading, session.language))
  return outcomeOf(exitCodeOf(state, session.language), data, describeStatus(reading, operations.timeZone, session))
}

/** What a person has to look at counts as a problem; what Ponte waits for by itself does not. */
function exitCodeOf(state: BridgeState, language: Parameters<typeof stateSentence>[1]): ExitCode {
  if (state.unreadable.length > 0) return exitCodes.notReachable
  return stateSentence(state, language).tone === 'bad' ? exitCodes.problems : exitCodes.ok
}
