import { systemNames } from '@ponte/contracts'
import { failedEventsDocument, failuresDocument, healthDocument, statusDocument } from '@ponte/operations'
import { textOf } from '../../../apps/board/src/testing/operate.ts'
import {
  cardsOf,
  causesIn,
  type Counts,
  countsOf,
  kindOf,
  linesOf,
  matches,
  numberIn,
  ofConnections,
  openStepsIn,
  refusedIn,
  rowsOf,
  stateIn,
  sum,
  tableIn,
  total,
  degradedIn,
} from './parts-of-text.ts'

/** Where a Ponte is asked: a page, the API, a command, metrics. */
export interface Places {
  readonly page: (url: string) => Promise<string>
  readonly api: (path: string) => Promise<unknown>
  readonly command: (...argv: readonly string[]) => Promise<string>
  readonly metrics: () => Promise<string>
}

interface Group {
  readonly tenant: string
  readonly queue: string
  readonly code: string
  readonly count: number
}
const byCause = (groups: readonly Group[]): Counts =>
  countsOf(groups.map(({ tenant, queue, code, count }) => [`${tenant}/${queue}/${code}`, count]))

async function readPlaces({ page, api, command, metrics }: Places, names: readonly string[]) {
  const lines = await command('status')
  return {
    ...{ overview: await page('/'), failures: await page('/failures') },
    ...{ waiting: await page('/waiting'), connections: await page('/connections') },
    waitingOf: new Map(
      await Promise.all(names.map(async name => [name, await page(`/waiting?tenant=${name}`)] as const)),
    ),
    ...{ status: statusDocument.parse(await api('/status')), health: healthDocument.parse(await api('/tenants')) },
    commandStatus: statusDocument.parse(JSON.parse(await command('status', '--json'))),
    ...{ blocks: linesOf(lines, names), metrics: await metrics() },
  }
}
type Read = Awaited<ReturnType<typeof readPlaces>>

/** What each place says of each subject. */
export async function saidBy(places: Places, names: readonly string[]) {
  const read = await readPlaces(places, names)
  const tables = [...read.waitingOf].map(([name, page]) => [name, tableIn(page)] as const)
  return { ...(await failuresSaid(places, read)), ...waitsSaid(read, tables), ...connectionsSaid(read, names) }
}
type Tables = readonly (readonly [string, ReturnType<typeof tableIn>])[]

const badges = ({ overview, failures, waiting, connections }: Read, of: string): Counts =>
  Object.fromEntries(
    Object.entries({ overview, failures, waiting, connections }).map(([name, page]) => [
      `menu of ${name}`,
      numberIn(page, new RegExp(`class="badge ${of}">(\\d+)`)),
    ]),
  )

const inLines = ({ blocks }: Read, pattern: RegExp): Counts =>
  countsOf([...blocks].map(([name, block]) => [name, numberIn(block, pattern)]))

/** A number of each tenant, as documents have it. */
const inDocuments = (
  { status, commandStatus }: Read,
  value: (tenant: Read['status']['tenants'][number]) => number,
) => ({
  status: countsOf(status.tenants.map(each => [each.tenant, value(each)])),
  'status --json': countsOf(commandStatus.tenants.map(each => [each.tenant, value(each)])),
})

/** What has failed, and why. */
async function failuresSaid({ page, api, command }: Places, read: Read) {
  const { overview, failures, status, commandStatus, health, blocks } = read
  const text = textOf(overview)
  const causes = causesIn(failures)
  const ofCauses = async (count: (page: string) => number): Promise<Counts> =>
    countsOf(
      await Promise.all(
        Object.keys(causes).map(async cause => [cause, count(await page(`/failures/${cause}`))] as const),
      ),
    )
  const codes = [...new Set(Object.keys(causes).map(cause => cause.split('/')[2] ?? ''))]
  const groupsOf = (of: typeof status): readonly Group[] =>
    of.tenants.flatMap(({ tenant, failures: own }) => own.map(each => ({ tenant, ...each })))
  const ofLines = matches(await command('failures'), /^(\d+) × (\w+) {2}(\S+) {2}(.*)$/gm)
  return {
    failed: {
      ...badges(read, 'failed'),
      title: numberIn(overview, /<title>\((\d+)\)/),
      headline: numberIn(text, /(\d+) events? failed/),
      tile: numberIn(text, /(\d+) failed (?:nothing|\d+ cause)/),
      ...{ status: status.failed, 'status --json': commandStatus.failed },
      health: sum(health.tenants.map(each => each.failed)),
      'failures page': total(causes),
      events: matches(await page('/events?status=failed'), /(<td data-label="Status")/g).length,
    },
    failedOf: {
      ...inDocuments(read, each => each.failed),
      lines: inLines(read, /(\d+) events? failed:/),
      waiting: countsOf(
        [...read.waitingOf].map(([name, own]) => [name, sum(tableIn(own).map(({ failed }) => failed))]),
      ),
    },
    causes: {
      'failures page': causes,
      'page of a cause': await ofCauses(own => numberIn(textOf(own), / (\d+) events? /)),
      'rows of a cause': await ofCauses(own => matches(own, /(action="\/jobs\/[^"]+\/retry")/g).length),
      ...{ status: byCause(groupsOf(status)), 'status --json': byCause(groupsOf(commandStatus)) },
      failures: byCause(failuresDocument.parse(await api('/failures')).failures),
      'failures --json': byCause(failuresDocument.parse(JSON.parse(await command('failures', '--json'))).failures),
      'lines of failures': countsOf(
        ofLines.map(([count, code, tenant, label = '']) => [`${tenant}/${kindOf(label)}/${code}`, Number(count)]),
      ),
      'lines of status': countsOf(
        [...blocks].flatMap(([tenant, block]) =>
          matches(block, /^ {6}(\d+) × (\w+) {2}(.*?):/gm).map(
            ([count, code, label = '']) => [`${tenant}/${kindOf(label)}/${code}`, Number(count)] as const,
          ),
        ),
      ),
    },
    codes: {
      overview: countsOf(
        matches(overview, /class="count">(\d+)<.*?href="\/failures\?[^"]*code=(\w+)"/gs).map(([count, code = '']) => [
          code,
          Number(count),
        ]),
      ),
      buttons: countsOf(
        matches(failures, /<h2 id="cause-(\w+)".*?<button[^>]*>\s*Retry(?: all (\d+))?\s*</gs).map(
          ([code = '', count]) => [code, Number(count === '' ? 1 : count)],
        ),
      ),
      failures: countsOf(
        await Promise.all(
          codes.map(async code => [code, failedEventsDocument.parse(await api(`/failures/${code}`)).total] as const),
        ),
      ),
    },
    numberOfCauses: { tile: numberIn(text, /(\d+) causes?/) },
    quarantined: {
      tile: numberIn(text, /(\d+) in quarantine/),
      status: sum(status.tenants.map(each => each.quarantined)),
      'status --json': sum(commandStatus.tenants.map(each => each.quarantined)),
    },
    open: { events: matches(await page('/events?status=open'), /(<td data-label="Status")/g).length },
  }
}

/** What has not ended, and what holds it up. */
function waitsSaid(read: Read, tables: Tables) {
  const { overview, status, commandStatus, health, blocks, metrics } = read
  const detail = textOf(/class="card sentence[^>]*>.*?<p class="soft">(.*?)<\/p>/s.exec(overview)?.[1] ?? '')
  const [free, afterYou, later] = [
    numberIn(detail, /(\d+) events? (?:waits?|go(?:es)? on by)/),
    numberIn(detail, /(\d+) events? go(?:es)? on once you/),
    numberIn(detail, /(\d+) events? (?:is|are) tried again later/),
  ]
  const column = (name: 'waiting' | 'delayed'): Counts =>
    countsOf(tables.map(([tenant, rows]) => [tenant, sum(rows.map(row => row[name]))]))
  const gauge = (name: string, more = ''): readonly (readonly string[])[] =>
    matches(metrics, new RegExp(`^${name}\\{tenant="([^"]+)",queue="([^"]+)"${more}[^}]*\\} ([1-9]\\d*)$`, 'gm'))
  return {
    waiting: {
      ...badges(read, 'waiting'),
      tile: numberIn(textOf(overview), /(\d+) waiting/),
      ...{ sentence: free + afterYou, status: status.waiting, 'status --json': commandStatus.waiting },
    },
    waitingOf: {
      ...inDocuments(read, each => each.waiting),
      health: countsOf(health.tenants.map(each => [each.tenant, each.waiting])),
      ...{ lines: inLines(read, /(\d+) waiting/), page: column('waiting') },
    },
    delayed: { sentence: later, status: status.delayed, 'status --json': commandStatus.delayed },
    delayedOf: {
      ...inDocuments(read, each => each.delayed),
      ...{ lines: inLines(read, /(\d+) delayed/), page: column('delayed') },
    },
    heldUp: { sentence: afterYou, status: total(inDocuments(read, each => each.waitingForPerson).status) },
    activeOf: {
      page: countsOf(tables.flatMap(([name, rows]) => rows.map(row => [`${name}/${row.kind}`, row.active] as const))),
      metrics: countsOf(
        gauge('ponte_queue_jobs', ',state="active"').map(([name, kind, count]) => [`${name}/${kind}`, Number(count)]),
      ),
    },
    paused: {
      status: status.tenants.flatMap(({ tenant, paused }) => paused.map(kind => `${tenant}/${kind}`)).toSorted(),
      page: tables
        .flatMap(([name, rows]) => rows.filter(row => row.isPaused).map(({ kind }) => `${name}/${kind}`))
        .toSorted(),
      lines: [...blocks]
        .flatMap(([name, block]) =>
          matches(block, /✗ (.*): paused by/g).map(([label = '']) => `${name}/${kindOf(label)}`),
        )
        .toSorted(),
      metrics: gauge('ponte_queue_paused')
        .map(([name, kind]) => `${name}/${kind}`)
        .toSorted(),
    },
    withoutCommand: {
      overview: matches(overview, /<strong>([^<]+)<\/strong> · [^<]*no job is started/g).flat(),
      health: health.tenants
        .filter(({ summary }) => summary.includes('1 tenant starts no job'))
        .map(({ tenant }) => tenant),
      page: tables.filter(([, rows]) => rows.some(({ needsCommand }) => needsCommand)).map(([name]) => name),
      lines: tables.map(([name]) => name).filter(name => blocks.get(name)?.includes('no job is started')),
    },
    withoutWorker: {
      status: status.tenants.filter(each => each.workerConnected === false).map(({ tenant }) => tenant),
      page: tables.filter(([, rows]) => rows.some(({ workers }) => workers === 0)).map(([name]) => name),
      lines: tables.map(([name]) => name).filter(name => blocks.get(name)?.includes('no worker connected')),
    },
  }
}

/** How the connections stand, and what of the set-up is left to do. */
function connectionsSaid(
  { overview, connections, status, blocks, waitingOf, metrics }: Read,
  names: readonly string[],
) {
  const cards = cardsOf(connections, names)
  const rows = rowsOf(overview, names)
  const ofLine = (text: string | undefined, system: string): string =>
    text?.split('\n').find(line => line.includes(system) && !line.includes('refused, and')) ?? ''
  return {
    connections: {
      status: ofConnections(names, (name, system) => {
        const own = status.tenants.find(({ tenant }) => tenant === name)?.connections
        return own?.find(each => each.system === system)?.state
      }),
      overview: ofConnections(names, (name, system) => {
        const row = matches(overview, /<li>(.*?)<\/li>/gs).find(([each = '']) =>
          each.includes(`<strong>${name} · ${systemNames[system]}</strong>`),
        )
        // In place of `ok` stands what was refused.
        return (
          stateIn(textOf(row?.[0] ?? ''), system, ' ok ') || (row?.[0]?.includes(' refused, and none ') ? 'ok' : '')
        )
      }),
      lines: ofConnections(names, (name, system) =>
        stateIn(ofLine(blocks.get(name), systemNames[system]), system, ': connected'),
      ),
    },
    degraded: { connections: degradedIn(cards), waiting: degradedIn(waitingOf) },
    breakers: {
      metrics: Object.fromEntries(
        matches(
          metrics,
          /^ponte_circuit_breaker_open\{tenant="([^"]+)",system="([^"]+)",reason="([^"]+)"[^}]*\} 1$/gm,
        ).map(([name, system, reason]) => [`${name}/${system}`, reason]),
      ),
    },
    refused: {
      status: Object.fromEntries(
        status.tenants.flatMap(({ tenant, connections: own }) =>
          own.flatMap(({ system, refused }) => (refused === undefined ? [] : [[`${tenant}/${system}`, refused.count]])),
        ),
      ),
      ...{ overview: refusedIn(rows), lines: refusedIn(blocks), connections: refusedIn(cards) },
    },
    openSteps: { connections: Object.fromEntries([...cards].map(([name, card]) => [name, openStepsIn(card)])) },
  }
}
