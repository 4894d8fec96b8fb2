import { type LeadEvent, failureSentence, isFailureCode, identitiesOfJob } from '@ponte/contracts'
import { withSpareSlots, createCommandCallGuard, openStoredRdStation, isInShadow } from '@ponte/operations'
import { type Tenant, enqueueImport, newImportId, type TenantQueues } from '@ponte/runtime'
import {
  createCalendar,
  createImports,
  createRateLimiter,
  createTimelines,
  type RedisClient,
  type Imports,
  type Timelines,
} from '@ponte/state'
import { exitCodes, UsageError, type Command, type Outcome, outcomeOf, type Session, type Words } from '../session.ts'
import { onlyLive, withQueues, type AllSettings, chooseTenant, readAllSettings } from '../installation.ts'
import {
  openSegmentation,
  type ImportedRecord,
  type ImportSource,
  type ReadRecord,
  type UnreadRecord,
  type Reason,
  eventIn,
} from './source.ts'
import { type ImportCounts, isTableProblem, tableProblems } from './texts.ts'
import { setTimeout as sleep } from 'node:timers/promises'
import { stat } from 'node:fs/promises'
import { parseRdDelivery, readHeadings } from '@ponte/webhooks'
import { openTable, TableUnreadableError } from './read-table.ts'

/** The records that cannot be read, by reason. Neighbours are kept as one range, so that a bad file costs no memory. */
function createUnreadable() {
  const ranges = new Map<Reason, { readonly from: number; to: number }[]>()
  return {
    add(record: number, reason: Reason): void {
      const own = ranges.get(reason)
      const last = own?.at(-1)
      if (last?.to === record - 1) last.to = record
      else if (own === undefined) ranges.set(reason, [{ from: record, to: record }])
      else own.push({ from: record, to: record })
    },
    list: () => [...ranges].map(([reason, records]) => ({ reason, records })),
  }
}

type Unreadable = ReturnType<typeof createUnreadable>

/** RD Station's export, or any table with such headings. Throws UsageError when nothing of it can be read. */
async function openFile(file: string, { settings }: Tenant, { texts }: Session): Promise<ImportSource> {
  const found = await stat(file).catch(() => undefined)
  if (found?.isFile() !== true) throw new UsageError(texts.import.fileUnreadable(file))
  let bytes = 0
  const table = await openTable(file, read => (bytes = read)).catch((error: unknown) => {
    if (error instanceof TableUnreadableError) throw new UsageError(texts.import.tableUnreadable(file, error.problem))
    throw error
  })
  const { namesPersons, bodyOf } = readHeadings(table.headings, settings)
  if (!namesPersons) throw new UsageError(texts.import.noPersons(file))

  async function* records(): AsyncGenerator<ImportedRecord> {
    for await (const found of table.records) {
      const { record } = found
      if ('problem' in found)
        yield { record, read: async () => ({ reason: found.problem, linesNotRead: found.linesNotRead }) }
      else {
        const body = bodyOf(found.cells)
        yield { record, row: JSON.stringify(body), read: async () => readRow(body, settings) }
      }
    }
  }
  return { records: records(), share: () => (found.size === 0 ? undefined : bytes / found.size) }
}

/** A spreadsheet writes dates again in its own way, and leaves out the offset. */
function readRow(
  body: ReturnType<ReturnType<typeof readHeadings>['bodyOf']>,
  settings: Tenant['settings'],
): ReadRecord | UnreadRecord {
  const read = eventIn(parseRdDelivery(body, settings))
  if (!('event' in read)) return read
  return { ...read, isDateUnreadable: 'last_conversion' in body.leads[0] && read.event.lead.convertedAt === undefined }
}

/** How often it is looked whether one of the jobs has ended. */
const LOOK_EVERY_MS = 200

interface Enqueuing {
  readonly tenant: Tenant
  readonly queues: TenantQueues
  readonly imports: Imports
  readonly timelines: Pick<Timelines, 'begin'>
  readonly opensOpportunity: boolean
  readonly signal: AbortSignal
  /** Asked before leads are enqueued: aborts the signal when the tenant is in the shadow. */
  readonly stopInShadow: () => Promise<void>
  /** All places are taken: nothing goes on until a job ends. */
  readonly onFull: () => void
}

/**
 * Puts leads into the queue, as soon as there are places. Resolves to how many are new; the others were sent before, and wait or failed.
 * When the signal aborts, the rest is left out.
 */
async function enqueueLeads(events: readonly LeadEvent[], enqueuing: Enqueuing): Promise<readonly boolean[]> {
  const { queues, imports, signal, stopInShadow, onFull } = enqueuing
  const waiting = events.map(event => ({ event, jobId: newImportId() }))
  const areNew: boolean[] = []
  for (;;) {
    await stopInShadow()
    if (waiting.length === 0 || signal.aborted) break
    const jobIds = waiting.map(({ jobId }) => jobId)
    const places = await imports.takePlaces(jobIds, queues['totvs-crm'].toKey(''))
    areNew.push(...(await Promise.all(waiting.splice(0, places).map(each => enqueueOne(each, enqueuing)))))
    if (waiting.length === 0) break
    onFull()
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined)
  }
  return areNew
}

async function enqueueOne(
  { event, jobId }: { readonly event: LeadEvent; readonly jobId: string },
  { tenant, queues, imports, timelines, opensOpportunity }: Enqueuing,
): Promise<boolean> {
  const receivedAt = new Date().toISOString()
  const options = { opensOpportunity, isUndated: event.lead.convertedAt === undefined }
  const { outcome } = await enqueueImport(queues, tenant, event, { jobId, receivedAt, import: options })
  if (outcome === 'duplicate') {
    await imports.leavePlace(jobId)
    return false
  }
  const of = { event: event.name, key: event.key, receivedAt, jobId, identities: identitiesOfJob(event) }
  // The lead is safe, and a timeline that cannot be written must not end the import.
  await timelines.begin(of).catch(() => undefined)
  return true
}

export interface ImportOptions {
  readonly file?: string | undefined
  readonly segmentation?: string
  readonly tenant?: string
  readonly dryRun?: boolean
  readonly openOpportunities?: boolean
}

/** Why an import stops, when it is not Ctrl-C: its tenant is in the shadow, or on its way there. */
class WentBack extends Error {}

/** Records that are looked up together. */
const AT_ONCE = 50

/**
 * Sends the leads of a file or a segmentation on the way of the webhooks, behind all live events (docs/behaviour/leads.md#imports). Run again, it
 * goes on where it ended.
 */
export const importLeads: Command<ImportOptions> = async (options, session) => {
  const { file, segmentation } = options
  if ((file === undefined) === (segmentation === undefined)) throw new UsageError(session.texts.import.oneSource)
  const settings = await readAllSettings(session, segmentation === undefined ? [] : ['rdCredentials'])
  const tenant = chooseTenant(settings.tenants, options.tenant, session)
  return await withQueues({ settings, tenants: [tenant], session }, async ({ redis, queues }) => {
    await onlyLive(redis, [tenant], session)
    const interruption = new AbortController()
    const stopListening = session.onInterrupt(() => interruption.abort())
    try {
      const { signal } = interruption
      const source = await openSource(options, { tenant, redis, settings, session, signal })
      const { fingerprint } = settings
      const run = createRun(source, options.dryRun === true, session, {
        tenant,
        queues: queues.of(tenant.name),
        imports: createImports(redis, tenant.name, fingerprint),
        timelines: createTimelines(redis, tenant.name, fingerprint, createCalendar(settings.BOARD_TIME_ZONE)),
        opensOpportunity: options.openOpportunities === true,
        signal,
        async stopInShadow() {
          if (await isInShadow(redis, tenant)) interruption.abort(new WentBack())
        },
      })
      return await run()
    } finally {
      stopListening()
    }
  })
}

interface Opening {
  readonly tenant: Tenant
  readonly redis: RedisClient
  readonly settings: AllSettings
  readonly session: Session
  readonly signal: AbortSignal
}

async function openSource(
  { file, segmentation }: ImportOptions,
  { tenant, redis, settings: { box, replicas }, session, signal }: Opening,
): Promise<ImportSource> {
  if (file !== undefined) return await openFile(file, tenant, session)
  const rateLimiter = createRateLimiter(redis, tenant.name, {
    callsPerMinute: tenant.settings.rdStation.callsPerMinute,
  })
  const guard = withSpareSlots({ ...createCommandCallGuard(), signal }, rateLimiter, { maxWaitMs: Infinity })
  const rd = await openStoredRdStation({ tenant, redis, box, replicas }, { guard })
  return await openSegmentation(segmentation ?? '', { tenant, rd, signal, session })
}

export const noCounts: Readonly<ImportCounts> = {
  ...{ rows: 0, sent: 0, done: 0, waiting: 0, gone: 0, linesNotRead: 0, unreadableDates: 0, roundedPhones: 0 },
}

const exitCodesOfStop = { interrupted: exitCodes.interrupted, inShadow: exitCodes.wrongUse } as const

/** Reads, sends and counts, as many records at once as are looked up together. */
function createRun(
  source: ImportSource,
  isDryRun: boolean,
  session: Session,
  enqueuing: Omit<Enqueuing, 'onFull'>,
): () => Promise<Outcome> {
  const { imports, opensOpportunity, signal, tenant } = enqueuing
  const unreadable = createUnreadable()
  const counts = { ...noCounts }
  const showProgress = (isFull: boolean): void => {
    const share = source.share()
    const bar = share === undefined ? [] : [progressBar(share)]
    session.progressBriefly([...bar, session.texts.import.progress({ ...counts, isFull })].join('  '))
  }
  const onFull = (): void => showProgress(true)

  async function readNew(records: readonly ImportedRecord[]): Promise<readonly LeadEvent[]> {
    const keyed = records.map(each => ({ ...each, key: imports.keyOf(each.row ?? '', { opensOpportunity }) }))
    const areDone = await imports.areDone(keyed.map(({ key }) => key))
    const events: LeadEvent[] = []
    for (const [index, { record, row, read, key }] of keyed.entries()) {
      if (signal.aborted) break
      counts.rows += 1
      if (row !== undefined && areDone[index] === true) counts.done += 1
      else {
        const found = await read()
        if (found !== 'gone' && found.isPhoneRounded === true) counts.roundedPhones += 1
        if (found === 'gone') counts.gone += 1
        else if ('reason' in found) {
          unreadable.add(record, found.reason)
          counts.linesNotRead += found.linesNotRead ?? 0
        } else {
          events.push({ name: found.event.name, key, lead: found.event.lead })
          if (found.isDateUnreadable === true) counts.unreadableDates += 1
        }
      }
      showProgress(false)
    }
    return events
  }

  async function sendAll(): Promise<void> {
    for await (const records of inBatches(source.records)) {
      const events = await readNew(records)
      const areNew = isDryRun ? events.map(() => true) : await enqueueLeads(events, { ...enqueuing, onFull })
      for (const isNew of areNew) counts[isNew ? 'sent' : 'waiting'] += 1
      if (signal.aborted) return
    }
  }

  return async () => {
    await sendAll().catch((error: unknown) => {
      // A call or a wait that was ended with the import.
      if (!signal.aborted) throw error
    })
    const stop = signal.aborted ? (signal.reason instanceof WentBack ? 'inShadow' : 'interrupted') : undefined
    return outcomeOf(
      stop === undefined ? unreadable.list().length === 0 : exitCodesOfStop[stop],
      {
        tenant: tenant.name,
        dryRun: isDryRun,
        opensOpportunities: opensOpportunity,
        interrupted: stop !== undefined,
        ...counts,
        unreadable: unreadable.list(),
      },
      describeImport({ counts, unreadable: unreadable.list(), isDryRun, stop }, session),
    )
  }
}

async function* inBatches(records: AsyncIterable<ImportedRecord>): AsyncGenerator<readonly ImportedRecord[]> {
  let batch: ImportedRecord[] = []
  for await (const record of records) {
    batch.push(record)
    if (batch.length < AT_ONCE) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

const WIDTH = 24

/** `[######------------------]  25 %`. `share`: from 0 to 1. */
function progressBar(share: number): string {
  const known = Math.min(1, Math.max(0, share))
  const full = Math.floor(known * WIDTH)
  return `[${'#'.repeat(full)}${'-'.repeat(WIDTH - full)}] ${String(Math.floor(known * 100)).padStart(3)} %`
}

interface ImportEnd {
  readonly counts: ImportCounts
  readonly unreadable: ReturnType<Unreadable['list']>
  readonly isDryRun: boolean
  /** Why it ended before its source did. */
  readonly stop?: keyof typeof exitCodesOfStop | undefined
}

/** What an import has done, for a person: each record that cannot be read, by its number. */
export function describeImport(
  { counts, unreadable, isDryRun, stop }: ImportEnd,
  { texts, language, paint }: Words,
): readonly string[] {
  const words = texts.import
  const sentenceOf = (reason: string): string => {
    if (isFailureCode(reason)) return failureSentence(reason, language)
    return isTableProblem(reason) ? tableProblems[language][reason] : reason
  }
  const problems = unreadable.map(({ reason, records }) => {
    const numbers = records.map(({ from, to }) => (from === to ? `${from}` : `${from}–${to}`)).join(', ')
    return `  ${numbers}: ${sentenceOf(reason)}`
  })
  const unread = unreadable.flatMap(({ records }) => records.map(({ from, to }) => to - from + 1))
  return [
    ...words.result({ ...counts, isDryRun }),
    ...(problems.length === 0
      ? []
      : [paint('bad', words.unreadable(unread.reduce((sum, each) => sum + each, 0))), ...problems]),
    ...(counts.linesNotRead === 0 ? [] : [paint('bad', words.linesNotRead(counts.linesNotRead))]),
    ...(counts.unreadableDates === 0 ? [] : [paint('warning', words.unreadableDates(counts.unreadableDates))]),
    ...(counts.roundedPhones === 0 ? [] : [paint('warning', words.roundedPhones(counts.roundedPhones))]),
    ...(stop === undefined ? [] : [words.stopped[stop]]),
  ]
}
