import { type CrmOpportunity, Failure, readCrmTime, boundText, isFailureCode } from '@ponte/contracts'
import { outcomeOfStatus } from '@ponte/mappers'
import { unreportedOf, openForReading, createContactStates, describeFailure } from '@ponte/operations'
import { countUndone, formatMoment, type Tenant, type WayBackDeps } from '@ponte/runtime'
import {
  change,
  createLookedAt,
  createMarkLedger,
  createTenantMode,
  type MarkRecord,
  type ModeRecord,
  type RedisClient,
  scanKeys,
  stateKey,
} from '@ponte/state'
import { exitCodes, UsageError, type Command, type Outcome, outcomeOf, type Session, unsuccessful } from '../session.ts'
import { explainFailure } from '../failures/failures.ts'
import { recordAction, withQueues, type AllSettings, chooseTenant, readAllSettings } from '../installation.ts'
import { findMarked, findUnmarkedEnds, type OpportunitySearch } from './ask-rd-station.ts'
import {
  readChanges,
  type Changes,
  type OpenOpportunities,
  readOpenOpportunities,
  splitByCreation,
  type ByTime,
} from './read-opportunities.ts'

/** What a switch has done, or would do. */
interface Switched {
  readonly offAt: number
  /** As it was before. */
  readonly mode: ModeRecord
  readonly isDryRun: boolean
  /** `known`: Ponte had a record of them, which stays. */
  readonly open: { readonly read: number; readonly recorded: number; readonly known: number }
  /** Records of the list that cannot be read. */
  readonly unread: number
  readonly doubtful: ByTime['doubtful']
  readonly changes: Changes
  /** Of what has ended since then: those that RD Station was told of as open, and no more. They are recorded so, too. */
  readonly ends: OpportunitySearch
  /** What somebody else has told RD Station of since then. */
  readonly marked: OpportunitySearch
}

/** Ids in the text. `--json` has all of them. */
const MAX_LINES = 20
/** TOTVS CRM may send any text. */
const MAX_STATUS = 60

function describeSwitch(
  tenant: Tenant,
  switched: Switched,
  session: Session,
  momentOf: (at: number) => string,
): Outcome {
  const { offAt, mode, isDryRun, open, unread, doubtful, changes, ends, marked } = switched
  const words = session.texts.switch
  const changed = changes.items
  const unasked = ends.unasked + marked.unasked
  const failed = [changes.unreadable, ends.code, marked.code]
  const codes = [...new Set(failed)].filter(each => each !== undefined)
  const isClear = [changed, doubtful, marked.ids, codes].every(({ length }) => length === 0)
  const isAllClear = isClear && unread === 0 && unasked === 0
  const listed = (heading: string, lines: readonly string[]): readonly string[] => {
    if (lines.length === 0) return []
    const rest = lines.length - MAX_LINES
    return [
      session.paint('warning', heading),
      ...lines.slice(0, MAX_LINES).map(line => `  ${line}`),
      ...(rest > 0 ? [`  ${words.more(rest)}`] : []),
    ]
  }
  const explained = codes.map(code => {
    const { sentence } = describeFailure(code, session.language)
    return `  ${isFailureCode(code) ? `${code}: ${sentence}` : code}`
  })
  return outcomeOf(
    isAllClear,
    {
      tenant: tenant.name,
      offAt: isoOf(offAt),
      dryRun: isDryRun,
      shadowSince: mode.shadowSince === undefined ? null : isoOf(mode.shadowSince),
      open: { ...open, unread },
      doubtful,
      changed: changed.map(toJson),
      changesUnreadable: changes.unreadable ?? null,
      ended: foundIn(ends),
      marked: foundIn(marked),
    },
    [
      session.paint('heading', `${tenant.name} · ${words.offSince(momentOf(offAt))}`),
      words.open(open),
      isDryRun ? words.recorded.dryRun(open.recorded) : words.recorded.done(open.recorded),
      ...(unread === 0 ? [] : [words.unread(unread)]),
      ...listed(
        words.doubtful(doubtful.length),
        doubtful.map(({ id, why }) => `${id}  ${words.doubts[why]}`),
      ),
      ...listed(
        words.changed(changed.length),
        changed.map(({ id, status, updatedAt }) =>
          [id, boundText(status, MAX_STATUS), ...momentsOf(updatedAt).map(momentOf)].join('  '),
        ),
      ),
      ...(changes.unreadable === undefined ? [] : [session.paint('warning', words.changesUnread)]),
      ...listed(words.ended(ends.ids.length, isDryRun), ends.ids),
      ...listed(words.marked(marked.ids.length), marked.ids),
      ...(marked.ids.length > 0 && mayNameLater(switched) ? [words.tooEarly] : []),
      ...(unasked === 0 ? [] : [session.paint('warning', words.unasked(unasked))]),
      ...explained,
      ...(isAllClear ? [session.paint('good', words.clear)] : [words.lookByHand]),
      ...(isDryRun ? [] : [words[nextOf(mode)]]),
    ],
  )
}

const foundIn = ({ ids, unasked, code }: OpportunitySearch) => ({ opportunities: ids, unasked, code: code ?? null })

const isoOf = (at: number): string => new Date(at).toISOString()

/** Once the tenant is live, the first time that was recorded stays. */
const mayNameLater = ({ mode: { shadowEndedAt, offAt }, isDryRun }: Switched): boolean =>
  shadowEndedAt === undefined || (isDryRun && offAt === undefined)

/** What to do next, or what happens next. */
function nextOf({ mode, shadowSince }: ModeRecord): 'nowLive' | 'isLive' | 'withoutShadow' {
  if (mode === 'shadow') return 'nowLive'
  return shadowSince === undefined ? 'withoutShadow' : 'isLive'
}

/** None where the time is missing or cannot be read. */
function momentsOf(value: unknown): readonly number[] {
  const time = readCrmTime(value)
  return typeof time === 'object' ? [time.at] : []
}

const toJson = ({ id, status, createdAt, updatedAt }: CrmOpportunity) => ({
  id,
  status: boundText(status, MAX_STATUS),
  createdAt: momentsOf(createdAt).map(isoOf)[0] ?? null,
  updatedAt: momentsOf(updatedAt).map(isoOf)[0] ?? null,
})

/**
 * Takes the place of another program that told RD Station of opportunities until `offAt`. Those that are open now and were created before
 * are recorded as marked, so that their sale or loss is told later. See docs/behaviour/shadow.md#the-switch.
 */
export const switchOver: Command<{
  readonly tenant?: string
  /** The end of the other program's last run. */
  readonly offAt?: string
  readonly dryRun?: boolean
}> = async (options, session) => {
  const named = readOffAt(options.offAt, session)
  const settings = await readAllSettings(session, ['rdCredentials', 'crmCredentials'])
  const tenant = chooseTenant(settings.tenants, options.tenant, session)
  return await withQueues({ settings, tenants: [tenant], session }, async ({ redis, queues }) => {
    const mode = await createTenantMode(redis, tenant.name).read()
    const offAt = inShadow(named, mode)
    requirePossible(offAt, mode, { tenant, settings, session })
    if (mode.mode === 'shadow') await requireNothingUndone({ redis, tenant, queues: queues.of(tenant.name) }, session)
    try {
      return await switchTenant(
        { offAt, mode, isDryRun: options.dryRun === true },
        { tenant, redis, settings, session },
      )
    } catch (error) {
      // Whatever the reason: the list was not read, and nothing was recorded.
      if (!(error instanceof Failure)) throw error
      const { code, lines } = explainFailure(error, session)
      return unsuccessful(code, [session.texts.switch.nothingRecorded, ...lines], exitCodes.notReachable)
    }
  })
}

function readOffAt(text: string | undefined, { texts }: Session): number {
  if (text === undefined) throw new UsageError(texts.switch.timeNeeded)
  const offAt = readMoment(text)
  if (offAt === undefined) throw new UsageError(texts.switch.timeUnreadable)
  if (offAt > Date.now()) throw new UsageError(texts.switch.timeInFuture)
  return offAt
}

/** Screens show when the shadow began without its milliseconds. Who copies that means the beginning. */
function inShadow(named: number, { shadowSince = 0 }: ModeRecord): number {
  return named < shadowSince && named >= Math.floor(shadowSince / 1000) * 1000 ? shadowSince : named
}

interface Deps {
  readonly tenant: Tenant
  readonly settings: AllSettings
  readonly session: Session
}

/** Redis decides again when the time is recorded. Here nothing has been read yet, and the sentence says what the time may be. */
function requirePossible(offAt: number, mode: ModeRecord, { settings, session }: Deps): void {
  const { shadowSince = 0, prunedUntil = -1, offAt: earlier = 0, shadowEndedAt } = mode
  const refuse = (why: 'before-shadow' | 'pruned' | 'earlier' | 'live', at: number): UsageError =>
    new UsageError(session.texts.switch.refused[why](momentOf(at, settings, session)))
  if (offAt < shadowSince) throw refuse('before-shadow', shadowSince)
  if (offAt <= prunedUntil) throw refuse('pruned', prunedUntil)
  if (offAt < earlier) throw refuse('earlier', earlier)
  // What came since the earlier time has been done, or is being done.
  if (shadowEndedAt !== undefined && mode.offAt !== undefined && offAt > earlier) throw refuse('live', earlier)
}

/**
 * After a way back, what is undone of Ponte's may be to tell that an opportunity was opened. Once that counts as marked, it would end without
 * a mark.
 */
async function requireNothingUndone(deps: WayBackDeps, { texts }: Session): Promise<void> {
  const { redis, tenant } = deps
  const rest = await createTenantMode(redis, tenant.name).rest.count()
  if (rest > 0) throw new UsageError(`${texts.shadow.rest(rest, tenant.name)} ${texts.switch.decideFirst}`)
  const left = await countUndone(deps)
  if (left > 0) throw new UsageError(`${texts.switch.undone(left)} ${texts.switch.decideFirst}`)
}

type Marks = ReturnType<typeof createMarkLedger>

/** So many that some of them can still be read. */
const MAX_LOOKED_AT = 5

async function switchTenant(
  { offAt, mode, isDryRun }: { readonly offAt: number; readonly mode: ModeRecord; readonly isDryRun: boolean },
  deps: Deps & { readonly redis: RedisClient },
): Promise<Outcome> {
  const { tenant, redis, settings, session } = deps
  const { box, replicas } = settings
  const { crm, rd } = openForReading({ tenant, redis, box, replicas })
  session.progress(session.texts.switch.reading)
  const marks = createMarkLedger(redis, tenant.name)
  const open = await readOpenOpportunities(crm, tenant.settings.totvsCrm, await readRecordedAsOpen(redis, tenant.name))
  if ('refused' in open) return refusal(open, session)

  const { before, since, doubtful } = splitByCreation(open.items, offAt)
  session.progress(session.texts.switch.comparing)
  const recorded = await createLookedAt(redis, tenant.name).newest(MAX_LOOKED_AT)
  const changes = await readChanges(crm, { since: offAt, recorded })
  const all = [...open.items, ...changes.items]
  const records = await readRecords([...new Set(all.map(({ id }) => id))], marks)
  const reported = reportedAmong(all, records, tenant.settings)
  const changed = changes.items.filter(({ id }) => !reported.has(id))
  const asking = { crm, states: createContactStates(rd) }
  // What was there before the time, has changed since, and is won or lost now. Not what Ponte has a record of.
  const changedOfBefore = new Set(splitByCreation(changed, offAt).before)
  const ended = changed.filter(({ id, status }) => {
    const outcome = outcomeOfStatus(status, tenant.settings.totvsCrm.statusMap)
    return (outcome === 'won' || outcome === 'lost') && changedOfBefore.has(id) && !records.has(id)
  })
  const ends = await findUnmarkedEnds({ opportunities: ended, leadsShown: leadsOf(open.items) }, asking)

  // A record that a worker has begun meanwhile stays as well: `beginningOf` writes none where there is one.
  const added = before.filter(id => !records.has(id))
  if (!isDryRun) {
    // One step of Redis: all of them or none, whenever this process is killed. Workers go on only after it.
    await change(
      redis,
      [...added, ...ends.ids].map(id => marks.beginningOf(id, 'open')),
    )
    const answer = await createTenantMode(redis, tenant.name).switchOff(offAt)
    if (answer !== 'ok') throw new UsageError(session.texts.switch.refusedNow)
    await recordAction(redis, { action: 'switch', tenant: tenant.name, detail: String(added.length) })
  }

  const isBefore = new Set(before)
  const marked = await findMarked(
    {
      opportunities: merge(since, splitByCreation(changed, offAt).since).filter(({ id }) => !reported.has(id)),
      leadsShown: leadsOf(open.items.filter(({ id }) => isBefore.has(id))),
      since: offAt,
    },
    asking,
  )
  const switched: Switched = {
    ...{ offAt, mode, isDryRun, changes: { ...changes, items: changed }, ends, marked, doubtful },
    open: { read: open.items.length, recorded: added.length, known: before.length - added.length },
    unread: open.unread,
  }
  return describeSwitch(tenant, switched, session, at => momentOf(at, settings, session))
}

const leadsOf = (opportunities: readonly CrmOpportunity[]): ReadonlySet<string> =>
  new Set(opportunities.flatMap(({ leadId }) => leadId ?? []))

/** The opportunities of which Ponte knows that RD Station shows them as open. */
async function readRecordedAsOpen(redis: RedisClient, tenant: string): Promise<readonly string[]> {
  const prefix = stateKey(tenant, 'mark', '')
  const marks = createMarkLedger(redis, tenant)
  const open: string[] = []
  for await (const keys of scanKeys(redis, `${prefix}*`)) {
    const ids = keys.map(key => key.slice(prefix.length))
    const records = await marks.peek(ids)
    open.push(...ids.filter((_id, index) => ['open', 'hidden'].includes(records[index]?.marked ?? '')))
  }
  return open
}

/** Of how many records Redis is asked at once. */
const SOME = 500

/** What Ponte has recorded of these opportunities. What is recorded stays. */
async function readRecords(ids: readonly string[], marks: Marks): Promise<Map<string, MarkRecord>> {
  const known = new Map<string, MarkRecord>()
  for (let from = 0; from < ids.length; from += SOME) {
    const some = ids.slice(from, from + SOME)
    const records = await marks.peek(some)
    for (const [index, id] of some.entries()) {
      const record = records[index]
      if (record !== undefined) known.set(id, record)
    }
  }
  return known
}

/** Of which Ponte itself has told RD Station, as they are now. So nobody else has, and nobody has to look at them. */
const reportedAmong = (
  opportunities: readonly CrmOpportunity[],
  records: ReadonlyMap<string, MarkRecord>,
  { totvsCrm }: Tenant['settings'],
): ReadonlySet<string> =>
  new Set(
    opportunities.flatMap(opportunity => {
      const record = records.get(opportunity.id)
      const outcome = outcomeOfStatus(opportunity.status, totvsCrm.statusMap)
      const isOfPonte = record?.contact !== undefined && unreportedOf(record, { opportunity, outcome }).length === 0
      return isOfPonte ? opportunity.id : []
    }),
  )

function refusal({ refused, id }: Extract<OpenOpportunities, { refused: unknown }>, { texts }: Session): Outcome {
  const codes = { 'too-many': 'TOO_MANY', incomplete: 'CRM_LIST_INCOMPLETE', missing: 'OPPORTUNITY_MISSING' }
  const lines = [texts.switch.nothingRecorded, texts.switch.unreadList[refused](id ?? '')]
  return unsuccessful(codes[refused], lines, exitCodes.notReachable)
}

const merge = (...lists: readonly (readonly CrmOpportunity[])[]): readonly CrmOpportunity[] => [
  ...new Map(lists.flat().map(each => [each.id, each])).values(),
]

const momentOf = (at: number, { BOARD_TIME_ZONE }: AllSettings, { language }: Session): string =>
  formatMoment(at, language, BOARD_TIME_ZONE)

/** A moment as a person copies it from a screen, with its offset: in ISO 8601 or dd/mm/yyyy. Undefined for anything else. */
function readMoment(text: string): number | undefined {
  const time = /^\d+(?:\.\d+)?$/.test(text.trim()) ? undefined : readCrmTime(text)
  return typeof time === 'object' && time.hasZone ? time.at : undefined
}
