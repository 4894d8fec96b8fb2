import { randomBytes } from 'node:crypto'
import { createCrmSession, createTotvsCrmClient, type HttpAnswer } from '@ponte/clients'
import { isSandbox, type Tenant } from '@ponte/runtime'
import { acquireLock, createRehearsals, type RehearsalState, stateKey, type RedisClient } from '@ponte/state'
import { countWorkers, createCommandCallGuard, openStoredRdStation, describeFailure, explain } from '@ponte/operations'
import { isEmailAddress } from '@ponte/webhooks'
import {
  exitCodes,
  NotReachableError,
  UsageError,
  type ExitCode,
  exitCodeOfFailure,
  type Command,
  type Outcome,
  outcomeOf,
  type Session,
  requireConsent,
} from '../session.ts'
import { recordAction, withQueues, onlyLive, type AllSettings, chooseTenant, readAllSettings } from '../installation.ts'
import { findOthers, endRehearsal, type CleanUp, type LeftRecord, nothingCleaned } from './belongings.ts'
import {
  createRehearsal,
  type Rehearsal,
  type RehearsalDeps,
  type Systems,
  patienceOf,
  throwIfInterrupted,
} from './context.ts'
import { createFactReport, openEvidence, readAnswers } from './fact-report.ts'
import { createPonteEvents } from './ponte-events.ts'
import { askCrm } from './steps/ask-crm.ts'
import { breachIn, StoppedError, type Stop, stopRows } from './stops.ts'
import { Failure, systemNames } from '@ponte/contracts'
import { bringLead, changeField } from './steps/bring-lead.ts'
import { judgeWebhooks, seeMark } from './steps/see-mark.ts'
import { lose } from './steps/lose.ts'
import { tryStatusRd } from './steps/status-rd.ts'
import { win } from './steps/win.ts'
import { type FactAnswer, factRows, whyNotRows } from './facts.ts'
import type { Look } from '../terminal/paint.ts'

interface Finished extends CleanUp {
  readonly stop: Stop | undefined
}

/** What a run found out, for a person: those that do not hold with what to change. */
function describeRehearsal(
  facts: readonly FactAnswer[],
  finished: Finished,
  session: Session,
): { readonly exitCode: ExitCode; readonly lines: readonly string[] } {
  const { texts, paint } = session
  const words = texts.rehearse
  const count = (held: boolean | null): number => facts.filter(fact => fact.held === held).length
  const summary = words.summary({ held: count(true), broken: count(false), unasked: count(null) })
  return {
    exitCode: exitCodeOf(facts, finished.stop),
    lines: [
      ...facts.flatMap(fact => linesOf(fact, session)),
      '',
      ...(finished.stop === undefined ? [] : [paint('bad', describeStop(finished.stop, session))]),
      paint(count(false) > 0 ? 'bad' : 'good', summary),
      ...describeCleanUp(finished, session),
      words.sendIn,
    ],
  }
}

/** A fact that does not hold is the more important news. */
function exitCodeOf(answers: readonly FactAnswer[], stop: Stop | undefined): ExitCode {
  if (answers.some(({ held }) => held === false)) return exitCodes.problems
  switch (stop?.kind) {
    case undefined:
      return exitCodes.ok
    case 'failure':
      return exitCodeOfFailure(stop.code)
    case 'contact-of-others':
      return exitCodes.wrongUse
    case 'nothing-came':
    case 'interrupted':
      return exitCodes.notReachable
    case 'event-failed':
    case 'fact':
      return exitCodes.problems
  }
}

const marks = { true: ['✓', 'good'], false: ['✗', 'bad'], null: ['?', 'quiet'] } as const satisfies Readonly<
  Record<string, readonly [string, Look]>
>

function linesOf({ id, held, why = 'not-reached', ...details }: FactAnswer, session: Session): readonly string[] {
  const { what, remedy } = explain({ name: id }, session, { rows: factRows })
  const [mark, look] = marks[`${held}`]
  const line = `${session.paint(look, mark)} ${id}: ${what}`
  if (held === true) return [line]
  if (held === null) return [`${line} (${explain({ name: why }, session, { rows: whyNotRows }).what})`]
  return [line, `    ${JSON.stringify(details)}`, `    → ${remedy}`]
}

function describeStop(stop: Stop, session: Session): string {
  if (stop.kind === 'failure') return `${stop.code}: ${describeFailure(stop.code, session.language).sentence}`
  const { kind, ...facts } = stop
  return explain({ name: 'what' in stop ? stop.what : kind, facts }, session, { rows: stopRows }).what
}

const nameOfRecord = ({ system, kind, id }: LeftRecord, { texts }: Session): string =>
  `${systemNames[system]}: ${texts.rehearse.kinds[kind]} ${id ?? texts.rehearse.couldNotLook}`

/** What was removed and what is left, for a person. Empty when there was nothing. */
function describeCleanUp({ removed, left, others, isEndReported }: CleanUp, session: Session): readonly string[] {
  const { texts, paint } = session
  const words = texts.rehearse
  const named = (record: LeftRecord): string => `  ${nameOfRecord(record, session)}`
  return [
    ...(removed.length === 0 ? [] : [words.removed, ...removed.map(named)]),
    ...(left.length === 0 ? [] : [paint('warning', words.left), ...left.map(named)]),
    ...(others.length === 0 ? [] : [words.others, ...others.map(named)]),
    ...(isEndReported ? [words.stays] : []),
  ]
}

/** What is done, in this order. A run that is resumed goes on with the first that it has not finished. */
const steps = {
  bring: bringLead,
  'mark-unknown': markUnknown,
  change: changeField,
  mark: seeMark,
  win,
  lose,
  'look-for-unknown': judgeUnknown,
  'status-rd': tryStatusRd,
  webhooks: judgeWebhooks,
} as const satisfies Readonly<Record<string, (run: Rehearsal) => Promise<void>>>

type StepName = keyof typeof steps
const isStepName = (name: string): name is StepName => Object.hasOwn(steps, name)
export const stepNames: readonly StepName[] = Object.keys(steps).filter(isStepName)

/** Runs the steps that are left, and cleans up whatever came of them. */
async function runRehearsal(run: Rehearsal): Promise<Finished> {
  const { session } = run
  const words = session.texts.rehearse
  let stop: Stop | undefined
  try {
    for (const name of stepNames) {
      if (run.state.done.includes(name)) continue
      throwIfInterrupted(run.signal)
      session.progress(words.steps[name])
      await run.save({ begun: name })
      await steps[name](run)
      await run.save({ done: [...run.state.done, name] })
    }
  } catch (error) {
    stop = stopOf(error)
    if (stop === undefined) {
      const lines = describeCleanUp(await endRehearsal(run), session)
      if (lines.length > 0) session.notice(lines.join('\n'))
      throw error
    }
    // What came before the end is judged all the same.
    await judgeWebhooks(run).catch(() => undefined)
  }
  session.progress(words.cleaningUp)
  return { stop, ...(await endRehearsal(run)) }
}

function stopOf(error: unknown): Stop | undefined {
  if (error instanceof StoppedError) return error.stop
  return error instanceof Failure ? { kind: 'failure', code: error.code } : undefined
}

/** RD Station is told of an opportunity of somebody whom it does not know. */
async function markUnknown({ rd, unknownEmail, report }: Rehearsal): Promise<void> {
  try {
    await rd.sendMark({ type: 'OPPORTUNITY', email: unknownEmail })
  } catch (error) {
    const { context } = breachIn(error, 'rd-unknown-email-200')
    await report.answer('rd-unknown-email-200', false, { status: context['status'] ?? null })
  }
}

/** Later: the event may take a while. */
async function judgeUnknown({ rd, unknownEmail, report }: Rehearsal): Promise<void> {
  const found = await rd.findContact({ email: unknownEmail })
  await report.answer('rd-unknown-email-200', found === undefined, { status: 200, isMade: found !== undefined })
}

export interface RehearseOptions {
  readonly tenant?: string
  readonly email?: string
  readonly win?: 'by-hand' | 'api'
  readonly resume?: boolean
  readonly evidence?: string
  readonly patience?: number
  readonly yes?: boolean
}

/** Longer than the lock of a run that was killed stays. */
const LOCK_WAIT_MS = 6000

/** One run through both real systems with a test person, to find out which assumptions of docs/vendors hold. */
export const rehearse: Command<RehearseOptions> = async (options, session) => {
  const { texts } = session
  const email = readEmail(options.email, session)
  const settings = await readAllSettings(session, ['rdCredentials', 'crmCredentials'])
  const tenant = chooseTenant(settings.tenants, options.tenant, session)
  return await withQueues({ settings, tenants: [tenant], session }, async ({ redis, queues }) => {
    await onlyLive(redis, [tenant], session)
    if ((await countWorkers(redis, [tenant.name]))?.get(tenant.name) === 0)
      throw new NotReachableError(texts.rehearse.noWorker(tenant.name))
    const lock = await acquireLock(redis, [stateKey(tenant.name, 'lock', 'rehearsal')], { waitMs: LOCK_WAIT_MS })
    if (lock === undefined) throw new UsageError(texts.rehearse.alreadyRunning(tenant.name))
    try {
      return await rehearseAlone({ options, email, settings, tenant, redis, session, queues: queues.of(tenant.name) })
    } finally {
      await lock.release()
    }
  })
}

interface Called extends Pick<RehearsalDeps, 'tenant' | 'redis' | 'session' | 'queues' | 'email'> {
  readonly options: RehearseOptions
  readonly settings: AllSettings
}

async function rehearseAlone({ options, settings, ...called }: Called): Promise<Outcome> {
  const { tenant, redis, session, email, queues } = called
  const { fingerprint } = settings
  const rehearsals = createRehearsals(redis, tenant.name, fingerprint)
  const cutOff = chooseCutOff(await rehearsals.read(), fingerprint(email), options, session)
  const begun: RehearsalState = (options.resume === true ? cutOff : undefined) ?? {
    ...{ id: randomBytes(6).toString('hex'), startedAt: Date.now(), person: fingerprint(email), done: [] },
    ...{ funnelCalls: 0, opportunities: [], facts: [] },
  }
  const evidence =
    options.evidence === undefined
      ? undefined
      : await openEvidence(options.evidence, { rehearsal: begun.id, startedAt: begun.startedAt }, session)
  const report = createFactReport({ known: readAnswers(begun.facts), evidence })
  const interruption = new AbortController()
  const { logIn, ...systems } = await openSystems(tenant, redis, settings)
  const run = createRehearsal(
    {
      ...called,
      ...systems,
      ...{ fingerprint, rehearsals, report, signal: interruption.signal },
      events: createPonteEvents({ redis, tenant: tenant.name, fingerprint, queues }),
      patience: patienceOf(tenant.settings, options.patience),
      win: options.win ?? (session.questions === undefined ? 'api' : 'by-hand'),
    },
    begun,
  )

  session.progress(session.texts.rehearse.asking)
  try {
    await askCrm({ ...systems, logIn, settings: tenant.settings.totvsCrm, report })
  } catch (error) {
    if (!(error instanceof StoppedError)) throw error
    // A run that is resumed can be resumed again.
    if (options.resume !== true) await report.end()
    return toOutcome(run, { stop: error.stop, ...nothingCleaned })
  }
  const earlier = cutOff === undefined || options.resume === true ? undefined : createRehearsal(run, cutOff)
  await requireNobodyElse(run, earlier)
  session.notice(
    session.texts.rehearse.plan({ ...run, byHand: run.win === 'by-hand', isSandbox: isSandbox(tenant.settings) }),
  )
  await requireConsent(session.texts.rehearse.consent, { yes: options.yes, session })
  // The question may have stood open for long.
  await requireNobodyElse(run, earlier)

  const stopListening = session.onInterrupt(() => interruption.abort())
  try {
    const before = earlier === undefined ? nothingCleaned : await removeEarlier(earlier)
    // First of all: what is made from now on is known by its word.
    await run.save()
    await rehearsals.leaveOut([email, run.unknownEmail])
    await recordAction(redis, { action: 'rehearse', tenant: tenant.name, detail: begun.id })
    const finished = await runRehearsal(run)
    await report.end()
    return toOutcome(run, {
      ...finished,
      removed: [...before.removed, ...finished.removed],
      isEndReported: before.isEndReported || finished.isEndReported,
    })
  } finally {
    stopListening()
  }
}

function readEmail(email: string | undefined, { texts }: Session): string {
  if (email === undefined) throw new UsageError(texts.rehearse.emailNeeded)
  const plain = email.trim().toLowerCase()
  if (!isEmailAddress(plain)) throw new UsageError(texts.erase.emailInvalid)
  return plain
}

/**
 * The run that was cut off. Only the same person may go on with it, or clean it up. A run that is over and left something behind can only be
 * cleaned up, and keeps nobody else waiting.
 */
function chooseCutOff(
  state: RehearsalState | undefined,
  person: string,
  { resume = false }: RehearseOptions,
  { texts }: Session,
): RehearsalState | undefined {
  const isUnderWay = state !== undefined && state.isOver !== true
  if (!isUnderWay && resume) throw new UsageError(texts.rehearse.nothingToResume)
  if (isUnderWay && state.person !== person) throw new UsageError(texts.rehearse.otherCutOff)
  return state?.person === person ? state : undefined
}

/** Both systems, asked as a command asks them. */
async function openSystems(
  tenant: Tenant,
  redis: RedisClient,
  { box, replicas }: AllSettings,
): Promise<Systems & { readonly logIn: () => Promise<unknown> }> {
  const { totvsCrm } = tenant.settings
  const guard = createCommandCallGuard()
  const crmSession = createCrmSession({ settings: totvsCrm, guard })
  let last: HttpAnswer | undefined
  return {
    rd: await openStoredRdStation({ tenant, redis, box, replicas }),
    crm: createTotvsCrmClient({
      ...{ settings: totvsCrm, session: crmSession, guard },
      onAnswer: answer => (last = answer),
    }),
    lastAnswer: () => last,
    logIn: crmSession.current,
  }
}

/** Nobody whom one of the systems knows may be rehearsed with, unless all that they know is of the run that was cut off. */
async function requireNobodyElse(run: Rehearsal, earlier: Rehearsal | undefined): Promise<void> {
  const others = await findOthers(earlier ?? run)
  if (others.length === 0) return
  // Its own address is in use: it keeps no other one waiting.
  await earlier?.rehearsals.write({ ...earlier.state, isOver: true })
  throw new UsageError(run.session.texts.rehearse.ofOthers(run.email, namesOf(others, run)))
}

/** What an earlier run of this person left behind. Throws when not all of it can be removed: it would be taken for this run's. */
async function removeEarlier(earlier: Rehearsal): Promise<CleanUp> {
  const cleaned = await endRehearsal(earlier)
  const { session, email } = earlier
  if (cleaned.others.length > 0)
    throw new UsageError(session.texts.rehearse.ofOthers(email, namesOf(cleaned.others, earlier)))
  if (cleaned.left.length > 0)
    throw new UsageError(session.texts.rehearse.earlierLeft(email, namesOf(cleaned.left, earlier)))
  return cleaned
}

const namesOf = (records: readonly LeftRecord[], { session }: Rehearsal): string =>
  records.map(record => nameOfRecord(record, session)).join('; ')

function toOutcome(run: Rehearsal, finished: Finished): Outcome {
  const { session, tenant, report, state } = run
  const facts = report.all()
  const { exitCode, lines } = describeRehearsal(facts, finished, session)
  return outcomeOf(
    exitCode,
    {
      tenant: tenant.name,
      rehearsal: state.id,
      facts,
      stop: finished.stop ?? null,
      removed: finished.removed,
      left: finished.left,
      others: finished.others,
      funnelCalls: state.funnelCalls,
    },
    lines,
  )
}
