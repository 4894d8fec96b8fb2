import { appendFile, open } from 'node:fs/promises'
import { isRecord, parseJson } from '@ponte/contracts'
import { UsageError, type Session } from '../session.ts'
import { type FactAnswer, type FactId, factIds, type WhyNot } from './facts.ts'
import { StoppedError } from './stops.ts'

/** Names of members, statuses, counts and times, never a value of a person. */
type Details = Readonly<Record<string, unknown>>

export type FactReport = ReturnType<typeof createFactReport>

/**
 * What a run has found out so far. Each fact is answered once: the first answer stays. `evidence`: a file that gets a line for each answer, and has those that the run gave before it was cut off. `known`: what Redis kept of
 * them.
 */
export function createFactReport({
  known = [],
  evidence,
}: { known?: readonly FactAnswer[]; evidence?: Evidence | undefined } = {}) {
  const answers = new Map([...known, ...(evidence?.answers ?? [])].map(answer => [answer.id, answer]))
  const skipped = new Map<FactId, WhyNot>()
  /** All facts, in the order of the table. */
  const all = (): readonly FactAnswer[] =>
    factIds.map(id => answers.get(id) ?? { id, held: null, why: skipped.get(id) ?? 'not-reached' })
  async function answer(id: FactId, held: boolean, details: Details = {}): Promise<void> {
    if (answers.has(id)) return
    const given = { id, held, ...details }
    answers.set(id, given)
    await evidence?.add(given)
  }
  return {
    answer,
    /** Answers, and throws StoppedError where the fact does not hold: then nothing further can be asked. */
    async require(id: FactId, held: boolean, details?: Details): Promise<void> {
      await answer(id, held, details)
      if (!held) throw new StoppedError({ kind: 'fact', fact: id })
    },
    /** The facts could not be asked. A later answer takes the place. */
    skip(why: WhyNot, ...ids: readonly FactId[]): void {
      for (const id of ids) skipped.set(id, why)
    },
    /** Those that were answered, to resume with. */
    answered: () => [...answers.values()],
    /** Nothing more will be answered: the evidence also gets what could not be asked. */
    async end(): Promise<void> {
      for (const answer of all()) if (answer.held === null) await evidence?.add(answer)
    },
    all,
  }
}

/** Answers that an earlier run kept in Redis. What has another form is left out, and asked again. */
export const readAnswers = (kept: readonly unknown[]): readonly FactAnswer[] =>
  kept.flatMap(each => {
    const id = isRecord(each) ? factIds.find(known => known === each['id']) : undefined
    return isRecord(each) && id !== undefined && typeof each['held'] === 'boolean'
      ? [{ ...each, id, held: each['held'] }]
      : []
  })

export interface Evidence {
  /** What the run has answered there. A run that is killed may not have kept it in Redis yet. */
  readonly answers: readonly FactAnswer[]
  add(line: object): Promise<void>
}

/**
 * The evidence file (JSON Lines), which only its owner may read. Each run adds its lines, the first of which names it; a run that is resumed
 * goes on with its own. Throws UsageError for a file of anything else, which is left as it is.
 */
export async function openEvidence(
  file: string,
  head: { readonly rehearsal: string } & Details,
  { texts }: Pick<Session, 'texts'>,
): Promise<Evidence> {
  const unusable = (): never => {
    throw new UsageError(texts.rehearse.evidenceUnusable(file))
  }
  const opened = await open(file, 'a+', 0o600).catch(unusable)
  let answers: readonly FactAnswer[] = []
  try {
    const known = await opened.readFile('utf8').catch(unusable)
    const lines = known.split('\n').map(line => parseJson(line))
    const heads = lines.map(rehearsalOf)
    if (known !== '' && heads[0] === undefined) throw new UsageError(texts.rehearse.evidenceOfOther(file))
    // A run that was killed may not have ended its last line.
    const start = known === '' || known.endsWith('\n') ? '' : '\n'
    // Runs share a file: what follows has to stand under its own head.
    if (heads.findLast(each => each !== undefined) !== head.rehearsal)
      await opened.appendFile(`${start}${JSON.stringify(head)}\n`)
    else if (start !== '') await opened.appendFile(start)
    const isOwn = (_line: unknown, at: number): boolean =>
      heads.slice(0, at).findLast(each => each !== undefined) === head.rehearsal
    answers = readAnswers(lines.filter(isOwn))
  } finally {
    await opened.close()
  }
  return { answers, add: line => appendFile(file, `${JSON.stringify(line)}\n`) }
}

const rehearsalOf = (line: unknown): unknown => (isRecord(line) ? line['rehearsal'] : undefined)

/** How many members were kept and lost, and the names of those that were lost. */
export const countsOf = (all: number, lost: readonly string[]): Details => ({
  kept: all - lost.length,
  lost: lost.length,
  ...(lost.length > 0 && { members: lost }),
})
