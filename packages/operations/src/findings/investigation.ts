import { Failure, type FailureCode, isFailureCode, type Language, textIn, type Texts } from '@ponte/contracts'
import { formatMoment, isRedisTrouble } from '@ponte/runtime'
import { describeFailure } from '../failures/failure-words.ts'
import { type Facts, fillIn, type NeededFacts, textRows, type TextRows } from './text-rows.ts'

export interface Finding<Check extends string = string, Name extends string = string> {
  readonly check: Check
  /** `skipped`: another check has to pass first, or there is nothing to check. */
  readonly status: 'ok' | 'problem' | 'warning' | 'not-checkable' | 'skipped'
  /** Of a problem: the name of its row, or the code of the failure that ended the check. */
  readonly problem?: Name
  readonly warning?: Name
  /** Why something could not be checked, was skipped, or passed without a full check. */
  readonly note?: Name
  readonly facts?: Facts
  /** The other system's answer, without personal data. */
  readonly detail?: string
}

/** What every investigation may say. */
const ownRows = textRows({
  CHECK_BROKE: {
    en: 'cannot verify: the check itself broke ({error}); please report it',
    pt: 'não foi possível verificar: a própria verificação falhou ({error}); comunique o erro',
  },
  STATE_UNAVAILABLE: {
    en: 'Redis did not answer while this was checked, or refused it.',
    pt: 'O Redis não respondeu durante esta verificação, ou a recusou.',
    fix: { en: 'Fix Redis, and check again.', pt: 'Recupere o Redis e verifique de novo.' },
  },
  AFTER_OTHER_PROBLEM: { en: 'not checked: fix {check} first', pt: 'não verificado: corrija antes {check}' },
})

type NameOf<Rows> = (keyof Rows & string) | keyof typeof ownRows | FailureCode

/** Adds what a check has found: a row, or a code of a failure. */
export type AddFinding<Rows> = <Name extends (keyof Rows & string) | FailureCode>(
  name: Name,
  facts: Facts & NeededFacts<Rows[Extract<Name, keyof Rows>]>,
  detail?: string,
) => void

export interface CheckOptions<Check> {
  readonly needs?: readonly Check[]
  /** What a failure of this check is about: the setting that its calls depend on. */
  readonly facts?: Facts
}

export interface Findings<Check extends string, Rows extends TextRows> {
  /**
   * Makes a check. It is skipped where a check that it needs did not pass, and passes where `work` finds nothing. A failure that is thrown is
   * a problem; any other error says that the check broke. What was found before stays. `lacks` says in the midst of it that another check
   * has to pass first. A check that is made in several steps passes if each of them does. Resolves to what `work` returned; to undefined
   * where it was skipped or has thrown.
   */
  check<Result>(
    check: Check,
    options: CheckOptions<Check>,
    work: (found: AddFinding<Rows>, lacks: (other: Check) => void) => Promise<Result> | Result,
  ): Promise<Result | undefined>
  /** The check that has to pass before one that needs this check. Undefined where it has passed; a warning does not hold up others. */
  lackOf(check: Check): Check | undefined
  /** What was found, in the order of the checks. */
  list(): readonly Finding<Check, NameOf<Rows>>[]
}

/** Something that investigates: its checks in the order in which they are shown, and all that they may find. */
export function createInvestigation<const Check extends string, const Rows extends TextRows>({
  checks,
  rows,
  ofFailures,
}: {
  readonly checks: readonly Check[]
  readonly rows: Rows
  readonly ofFailures?: WordsOfFailures
}) {
  type Item = Finding<Check, NameOf<Rows>>
  const allRows: TextRows = { ...ownRows, ...rows }

  /** What kind of finding a name is. A code of a failure is a problem. */
  function kindOf(name: NameOf<Rows>): Omit<Item, 'check'> {
    const row = allRows[name]
    const status = row?.is ?? (row === undefined || row.fix !== undefined ? 'problem' : 'not-checkable')
    if (status === 'problem') return { status, problem: name }
    return status === 'warning' ? { status, warning: name } : { status, note: name }
  }

  /** `before`: findings whose checks may be needed too. */
  function open(before?: Pick<Findings<Check, Rows>, 'lackOf'>): Findings<Check, Rows> {
    const made = new Map<Check, Item[]>()

    function lackOf(check: Check): Check | undefined {
      const found = made.get(check)
      if (found === undefined) return before === undefined ? check : before.lackOf(check)
      if (found.some(({ status }) => status === 'problem' || status === 'not-checkable')) return check
      const skipped = found.find(({ status }) => status === 'skipped')
      return skipped && (checks.find(each => each === skipped.facts?.['check']) ?? check)
    }

    return {
      async check(check, { needs = [], facts: about = {} }, work) {
        const lacking = needs.map(lackOf).find(each => each !== undefined)
        const found = made.get(check) ?? []
        made.set(check, found)
        const add = (name: NameOf<Rows>, facts: Facts, detail?: string): void => {
          found.push({ check, ...kindOf(name), facts, ...(detail !== undefined && { detail }) })
        }
        const skip = (other: Check): void => {
          if (found.some(({ status, facts }) => status === 'skipped' && facts?.['check'] === other)) return
          found.push({ check, status: 'skipped', note: 'AFTER_OTHER_PROBLEM', facts: { check: other } })
        }
        if (lacking !== undefined) {
          skip(lacking)
          return undefined
        }
        try {
          return await work(add, other => skip(lackOf(other) ?? other))
        } catch (error) {
          if (error instanceof Failure) add(error.code, { ...textsOf(error.context), ...about }, error.detail)
          else if (isRedisTrouble(error)) add('STATE_UNAVAILABLE', about)
          // Only the name of the error, because its message may hold data.
          else add('CHECK_BROKE', { error: error instanceof Error ? error.name : typeof error })
          return undefined
        }
      },
      lackOf,
      list: () =>
        checks.flatMap((check): readonly Item[] => {
          const found = made.get(check)
          return found?.length === 0 ? [{ check, status: 'ok' }] : (found ?? [])
        }),
    }
  }

  return {
    open,
    /** What a finding says, and what to do. */
    explain: ({ problem, warning, note, facts }: Finding, reader: Reader): Explained =>
      explain({ name: problem ?? warning ?? note, facts }, reader, { rows: allRows, ofFailures }),
  }
}

const textsOf = (context: Failure['context']): Facts =>
  Object.fromEntries(Object.entries(context).map(([name, value]) => [name, String(value)]))

/** What every investigation says in the same words. */
const words = textRows({
  fine: { en: 'ok', pt: 'em ordem' },
  withPage: { en: '{solution} More: {page}', pt: '{solution} Mais: {page}' },
  choices: { en: '[ There are: {choices}.]', pt: '[ Existem: {choices}.]' },
})

/** What a failure means where it ends a check, in place of its code's own words. */
export interface FailureWords {
  readonly what?: Texts
  readonly fix?: Texts
}

export type WordsOfFailures = Readonly<Partial<Record<FailureCode, (facts: Facts) => FailureWords>>>

export interface Explained {
  readonly what: string
  readonly remedy?: string
}

/** A solution, with the page that says more. */
export const withPage = (solution: string, page: string, language: Language): string =>
  fillIn(textIn(words.withPage, language), name => (name === 'page' ? page : solution))

/** How facts are shown. Without a time zone, moments are shown as they are: in UTC. */
export interface Reader {
  readonly language: Language
  readonly timeZone?: string | undefined
}

/** The row `name`, or the failure of that code, with its facts. Without a name all is well. */
export function explain(
  { name, facts = {} }: { readonly name: string | undefined; readonly facts?: Facts | undefined },
  { language, timeZone }: Reader,
  { rows, ofFailures }: { rows: TextRows; ofFailures?: WordsOfFailures | undefined },
): Explained {
  const fill = (texts: Texts): string =>
    fillIn(textIn(texts, language), each => {
      const fact = facts[each]
      return fact === undefined ? undefined : shown(String(fact))
    })
  function shown(fact: string): string {
    const isMoment = /^\d{4}-\d\d-\d\dT[\d:.]{8,12}Z$/.test(fact)
    return isMoment && timeZone !== undefined ? formatMoment(Date.parse(fact), language, timeZone) : fact
  }

  if (name === undefined) return { what: fill(words.fine) }
  const row = Object.hasOwn(rows, name) ? rows[name] : undefined
  if (row !== undefined) return { what: fill(row), ...(row.fix && { remedy: fill(row.fix) }) }
  if (!isFailureCode(name)) return { what: name }
  const { what, fix } = ofFailures?.[name]?.(facts) ?? {}
  const { sentence, solution, page } = describeFailure(name, language)
  const others = Object.entries(facts).filter(([each]) => each !== 'choices')
  const at = others.map(([each, value]) => `${each}=${value}`)
  return {
    what: `${what === undefined ? sentence : fill(what)}${at.length === 0 ? '' : ` (${at.join(', ')})`}${fill(words.choices)}`,
    remedy: withPage(fix === undefined ? solution : fill(fix), page, language),
  }
}
