import { setTimeout as sleep } from 'node:timers/promises'
import { stripVTControlCharacters, styleText } from 'node:util'
import type { Call, SandboxClient } from '@ponte/testbed'

/** A slow machine still goes on: what hangs calls neither system. */
const SILENT_MS = 30_000
const POLL_MS = 100
const SHOWN_AFTER_FAILURE = 40
/** Columns of a terminal that is not one, and at most of one. */
const WIDTH = 100

export interface ReporterOptions {
  readonly sandbox: SandboxClient
  /** Prints every call that the two systems received as well. */
  readonly verbose: boolean
}

/** Prints what is done, one line a step. `styleText` uses colours only where the terminal has them. */
export function createReporter({ sandbox, verbose }: ReporterOptions) {
  let lastCall = 0

  async function printCalls(filter: { last?: number } = {}): Promise<void> {
    const calls = await sandbox.calls({ after: lastCall, ...filter })
    for (const call of calls) print(styleText('dim', shorten(`      ${describe(call)}`, WIDTH)))
    lastCall = calls.at(-1)?.number ?? lastCall
  }

  return {
    heading: (text: string): void => print(`\n${styleText('bold', text)}\n`),
    detail: (text: string): void => print(styleText('dim', `      ${text}`)),

    /** Does something and waits until `isDone` gives something. Throws when it has not, and neither system was called for 30 s. */
    async step<Result>(
      title: string,
      act: () => Promise<unknown>,
      isDone: () => Promise<Result | undefined>,
    ): Promise<Result> {
      const startedAt = performance.now()
      const seconds = (): string => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`
      await act()
      let last = { call: 0, at: performance.now() }
      for (;;) {
        const result = await isDone()
        if (result !== undefined) {
          printStep(styleText('green', '✓'), title, seconds())
          if (verbose) await printCalls()
          return result
        }
        const call = (await sandbox.calls({ last: 1 })).at(-1)?.number ?? 0
        if (call !== last.call) last = { call, at: performance.now() }
        if (performance.now() - last.at > SILENT_MS) {
          printStep(styleText('red', '✗'), title, seconds())
          await printCalls({ last: SHOWN_AFTER_FAILURE })
          throw new Error(`This did not happen, and for ${SILENT_MS / 1000} s neither system was called: ${title}`)
        }
        await sleep(POLL_MS)
      }
    },

    /** Rows of equal length, the first one the heading. */
    table(rows: readonly (readonly string[])[]): void {
      const widths = rows[0]?.map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0))) ?? []
      for (const [index, row] of rows.entries()) {
        const line = row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('   ')
        print(`  ${index === 0 ? styleText('dim', line.trimEnd()) : line.trimEnd()}`)
      }
    },
  }
}

export type Reporter = ReturnType<typeof createReporter>

export const print = (line: string): void => console.log(line)

function printStep(mark: string, title: string, duration: string): void {
  const used = stripVTControlCharacters(`  ${mark} ${title}`).length + duration.length
  print(`  ${mark} ${title}${' '.repeat(Math.max(WIDTH - used, 2))}${styleText('dim', duration)}`)
}

const systemNames = { 'rd-station': 'RD Station', 'totvs-crm': 'TOTVS CRM ' } as const

function describe({ system, method, path, integration, body, status }: Call): string {
  const what = [integration['action'], integration['resource'], integration['filter']].filter(Boolean).join(' ')
  const sent = method === 'POST' && body !== undefined ? ` ${JSON.stringify(body)}` : ''
  return `${systemNames[system]} ${status ?? '---'} ${method} ${path}${what === '' ? '' : ` [${what}]`}${sent}`
}

const shorten = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length - 1)}…` : text
