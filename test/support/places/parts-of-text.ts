import { type System, systemNames, systems } from '@ponte/contracts'
import { type Connection, connectionWords, setUpSteps } from '@ponte/operations'
import { type QueueKind, queueKinds, queueLabel } from '@ponte/runtime'
import { textOf } from '../../../apps/board/src/testing/operate.ts'

export type Counts = Readonly<Record<string, number>>

export const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0)
export const total = (counts: Counts): number => sum(Object.values(counts))
/** Without what is 0. */
export const countsOf = (pairs: Iterable<readonly [string, number]>): Counts =>
  Object.fromEntries([...pairs].filter(([, count]) => count > 0))

/** What the groups of a pattern find. */
export const matches = (text: string, pattern: RegExp): readonly (readonly string[])[] =>
  [...text.matchAll(pattern)].map(([, ...found]) => found.map(each => each ?? ''))
/** The number that a pattern finds first, or 0. */
export const numberIn = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? 0)

export const kindOf = (label: string): QueueKind | undefined =>
  queueKinds.find(kind => queueLabel(kind, 'en') === label)

/** The lines of each tenant in what a command prints. */
export function linesOf(text: string, names: readonly string[]): ReadonlyMap<string, string> {
  const starts = names
    .map(name => ({ name, at: `\n${text}`.indexOf(`\n${name}\n`) }))
    .filter(({ at }) => at >= 0)
    .toSorted((one, other) => one.at - other.at)
  return new Map(starts.map(({ name, at }, index) => [name, text.slice(at, starts[index + 1]?.at)]))
}

const states = ['not-tried', 'disconnected', 'login-refused', 'down', 'throttled', 'no-answer-to-writes'] as const

/** The states that a text says of a connection. `ok`: what it says of one that works. */
export function stateIn(text: string, system: System, ok: string): string {
  const found = states.filter(state =>
    text.includes(connectionWords({ tenant: '', system, state }, 'en', Date.now()).state),
  )
  return [...(text.includes(ok) ? ['ok'] : []), ...found].join(' and ')
}

/** What is wrong with connections, as a page says it of each tenant. */
export const degradedIn = (parts: ReadonlyMap<string, string>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...parts].flatMap(([name, part]) =>
      systems.flatMap(system => {
        const heads = matches(part, /<div class="connection \w+">\s*<p class="tight">\s*<strong[^>]*>(.*?)<\/strong>/gs)
        const own = heads.flat().find(head => head.startsWith(systemNames[system]))
        return own === undefined ? [] : [[`${name}/${system}`, stateIn(textOf(own), system, 'ok')] as const]
      }),
    ),
  )

/** A value of each connection. */
export const ofConnections = <Value>(
  names: readonly string[],
  read: (name: string, system: Connection['system']) => Value,
): Readonly<Record<string, Value>> =>
  Object.fromEntries(names.flatMap(name => systems.map(system => [`${name}/${system}`, read(name, system)] as const)))

/** How many deliveries were refused, by connection. */
export const refusedIn = (parts: ReadonlyMap<string, string>): Counts =>
  countsOf(
    [...parts].flatMap(([name, part]) =>
      systems.map(system => {
        const pattern = new RegExp(`(\\d+) deliver(?:y|ies) in the name of ${systemNames[system]} (?:was|were) refused`)
        return [`${name}/${system}`, numberIn(part, pattern)] as const
      }),
    ),
  )

/** The rows of connections on the overview, by tenant. */
export const rowsOf = (page: string, names: readonly string[]): ReadonlyMap<string, string> =>
  new Map(
    names.map(name => {
      const rows = matches(page, /<li>(.*?)<\/li>/gs).flat()
      return [name, rows.filter(row => row.includes(`<strong>${name} · `)).join('\n')]
    }),
  )

/** The card of each tenant on the page of connections. Who has none needs nothing. */
export const cardsOf = (page: string, names: readonly string[]): ReadonlyMap<string, string> =>
  new Map(
    names.map(name => {
      const pattern = new RegExp(`<section class="card" aria-label="${name}">(.*?)</section>`, 's')
      return [name, pattern.exec(page)?.[1] ?? '']
    }),
  )

/** The steps of the checklist that a card says are to be done. */
export const openStepsIn = (card: string): readonly string[] =>
  matches(card, /<li class="(open|done)">\s*<h3>/g).flatMap(([look], index) =>
    look === 'open' ? [setUpSteps[index] ?? 'unknown'] : [],
  )

/** By tenant, queue and cause, as a page links each to its events. */
export const causesIn = (page: string): Counts =>
  Object.fromEntries(
    matches(page, /href="\/failures\/([^/"]+\/[^/"]+\/[A-Z_]+)[^"]*"\s*>(\d+) events?<\/a/g).map(
      ([cause = '', count]) => [cause, Number(count)],
    ),
  )

/** The table of the queues of a tenant that waits. */
export function tableIn(page: string) {
  const cells = (head: string): readonly string[] =>
    matches(page, new RegExp(`<td data-label="${head}"[^>]*>(.*?)</td>`, 'gs')).map(([cell = '']) => textOf(cell))
  const numbers = (head: string): readonly number[] => cells(head).map(cell => numberIn(cell, /(\d+)/))
  const columns = {
    ...{ waiting: numbers('Waiting'), delayed: numbers('Delayed'), active: numbers('Active') },
    ...{ failed: numbers('Failed'), workers: numbers('Workers') },
  }
  const statuses = cells('Status')
  return queueKinds.map((kind, index) => ({
    kind,
    needsCommand: statuses[index]?.includes('no job is started') === true,
    isPaused: statuses[index]?.includes('paused:') === true,
    waiting: columns.waiting[index] ?? Number.NaN,
    delayed: columns.delayed[index] ?? Number.NaN,
    active: columns.active[index] ?? Number.NaN,
    failed: columns.failed[index] ?? Number.NaN,
    workers: columns.workers[index] ?? Number.NaN,
  }))
}
