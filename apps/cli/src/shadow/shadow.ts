import { setTimeout as sleep } from 'node:timers/promises'
import { eventOfJob } from '@ponte/contracts'
import {
  countUndone,
  decideRest,
  endDraining,
  formatMoment,
  goBackAtOnce,
  setRestAside,
  type WayBackDeps,
} from '@ponte/runtime'
import {
  createAudit,
  createTenantMode,
  createTimelines,
  type KeptJob,
  type ModeRecord,
  type TenantMode,
} from '@ponte/state'
import { exitCodes, UsageError, type Command, type Outcome, outcomeOf, type Session, unsuccessful } from '../session.ts'
import {
  cliUser,
  recordAction,
  withQueues,
  type AllSettings,
  chooseTenant,
  readSettingsWithFingerprints,
} from '../installation.ts'

const LOOK_EVERY_MS = 1000
/** A job that runs stops before its next write. A worker that died keeps its job for some seconds. */
const RUNNING_JOBS_MS = 30_000

/** The way back: another program takes over from Ponte again. See docs/behaviour/shadow.md#the-way-back. */
export const shadow: Command<{
  readonly tenant?: string
  /** What is Ponte's and undone is kept outside the queues, instead of being done first. */
  readonly now?: boolean
  /** What becomes of what an earlier `now` kept. */
  readonly rest?: 'send' | 'drop'
}> = async ({ now = false, rest, ...options }, session) => {
  const words = session.texts.shadow
  if (now && rest !== undefined) throw new UsageError(words.nowOrRest)
  const settings = await readSettingsWithFingerprints(session)
  const tenant = chooseTenant(settings.tenants, options.tenant, session)
  if (rest === undefined && tenant.settings.mode !== 'shadow') throw new UsageError(words.fileSaysLive(tenant.name))
  return await withQueues({ settings, tenants: [tenant], session }, async ({ redis, queues }) => {
    const deps = { redis, tenant, queues: queues.of(tenant.name), mode: createTenantMode(redis, tenant.name) }
    const work = { ...deps, settings, session }
    return await (rest === undefined ? goBack(now ? 'now' : 'draining', work) : decide(rest, work))
  })
}

interface Work extends WayBackDeps {
  readonly mode: TenantMode
  readonly settings: Pick<AllSettings, 'BOARD_TIME_ZONE' | 'fingerprint'>
  readonly session: Session
}

async function goBack(how: 'draining' | 'now', work: Work): Promise<Outcome> {
  const { redis, tenant, mode, session } = work
  const words = session.texts.shadow
  const before = await mode.read()
  // An event of the rest keeps no times of the shadow that it waits in: a later one would have the times of its own count for it.
  const older = before.mode === 'shadow' ? 0 : await mode.rest.count()
  if (older > 0) throw new UsageError(`${words.rest(older, tenant.name)} ${words.decideFirst}`)
  const begin = () => (how === 'now' ? goBackAtOnce(work) : mode.goBack(how))
  for (let isSaid = false; (await begin()) === undefined; isSaid = true) {
    if (!isSaid) session.progress(words.goesLive)
    await sleep(LOOK_EVERY_MS)
  }
  const { shadowSince = 0 } = await mode.read()
  if (before.mode !== 'shadow' || (how === 'now' && before.isDraining === true)) {
    await recordAction(redis, { action: 'shadow', tenant: tenant.name, ...(how === 'now' && { detail: 'now' }) })
    session.notice(words.packageOn(momentOf(shadowSince, work)))
  }
  await (how === 'now' ? setAside(work) : drain(work))
  return await describe(await mode.read(), work)
}

/** Until what is Ponte's is done. Interrupted, the workers go on with it. */
async function drain(work: Work): Promise<void> {
  const { mode, session } = work
  for (let shown = -1; (await mode.read()).isDraining === true;) {
    const left = await endDraining(work)
    if (left === 0) return
    if (shown === -1) session.progress(session.texts.shadow.draining(left))
    else if (left !== shown) session.progressBriefly(session.texts.shadow.draining(left))
    shown = left
    await sleep(LOOK_EVERY_MS)
  }
}

async function setAside(work: Work): Promise<void> {
  const until = performance.now() + RUNNING_JOBS_MS
  do {
    await record(await setRestAside(work), work)
    if ((await countUndone(work)) === 0) return
    await sleep(LOOK_EVERY_MS)
  } while (performance.now() < until)
}

/** So that the timeline of an event says where it is. */
async function record(jobs: readonly KeptJob[], { redis, tenant, settings }: Work): Promise<void> {
  const timelines = createTimelines(redis, tenant.name, settings.fingerprint)
  for (const job of jobs) {
    const { event, key, receivedAt, jobId } = eventOfJob({ ...job, timestamp: job.receivedAt })
    const of = { event, key, receivedAt, jobId, identities: [] }
    const summary = { key: 'rest-kept' } as const
    const entry = { kind: 'run', at: Date.now(), event, jobId, outcome: 'delayed', summary } as const
    await timelines.record(of, entry).catch(() => undefined)
  }
}

async function decide(how: 'send' | 'drop', work: Work): Promise<Outcome> {
  const { redis, tenant, session, settings } = work
  const words = session.texts.shadow
  const audit = createAudit(redis)
  const ended = await decideRest(how, { ...work, audit, fingerprint: settings.fingerprint, user: cliUser() })
  if (ended === undefined) return unsuccessful('REST_BUSY', [words.busy], exitCodes.notReachable)
  const data = { tenant: tenant.name, [how === 'send' ? 'sent' : 'dropped']: ended }
  return outcomeOf(true, data, [`${tenant.name} · ${words[how](ended)}`])
}

async function describe({ shadowSince = 0 }: ModeRecord, work: Work): Promise<Outcome> {
  const { mode, tenant, session } = work
  const words = session.texts.shadow
  const [rest, left] = [await mode.rest.count(), await countUndone(work)]
  const since = new Date(shadowSince).toISOString()
  return outcomeOf(true, { tenant: tenant.name, shadowSince: since, rest, running: left }, [
    session.paint('heading', `${tenant.name} · ${words.inShadow(momentOf(shadowSince, work))}`),
    ...(left === 0 ? [] : [words.running(left)]),
    ...(rest === 0 ? [] : [session.paint('warning', words.rest(rest, tenant.name))]),
    words.switchLater,
  ])
}

const momentOf = (at: number, { settings, session }: Work): string =>
  formatMoment(at, session.language, settings.BOARD_TIME_ZONE)
