import {
  changeStoredText,
  failures,
  isFailureCode,
  isPlainRefusal,
  parseJson,
  type ReasonCode,
  systemNames,
  visitInSlices,
  WITHOUT_CODE,
} from '@ponte/contracts'
import type { RedisClient } from '@ponte/state'
import { LRUCache } from 'lru-cache'
import type { FailedJob, FailedQueue } from './failed-jobs.ts'
import { type MaskReader, textMask } from '../masking/masking.ts'
import { foldedWords } from '../masking/vocabulary.ts'

/** How many logs of a cause's newest failures are read for the other system's answer, and the least of each of its queues. */
const MAX_LOGS = 30
const LEAST_OF_QUEUE = 3
/** Logs that are read at once over all queues. More would keep other commands waiting. */
const AT_ONCE = 50
/** A run that failed permanently ends its log with the other system's answer; a mark adds the round that follows. */
const LAST_LINES = 5
/** The longest text that is shown of one answer or detail, in characters. */
const MAX_CHARACTERS = 300
/** In characters. Answers that begin with so much of the same say the same. */
const MAX_OF_SHAPE = 200
/** Answers that are kept over all queues, at most about 20 MB. */
const MAX_KEPT = 20_000
/** In bytes: the longest data of a job in which the words of its person are looked for. */
const MAX_DATA = 64 * 1024
/** Different texts of one cause: names of settings, answers of the other system. */
export const MAX_DIFFERENT = 3

type QueueKeys = FailedQueue['queue']

/** What one queue has of a cause, newest first. */
interface FailuresOfQueue {
  readonly queue: QueueKeys
  readonly jobs: readonly AnsweredJob[]
}

/** A failed job, as far as its answer is concerned. */
type AnsweredJob = Pick<FailedJob, 'id' | 'code' | 'failedAt'>

/** An answer of another system, masked, and how many of the failures that were read have it. */
export interface VendorAnswer {
  readonly text: string
  readonly times: number
}

interface MaskedAnswer {
  readonly text: string
  /** Of the whole answer, of which `text` may be the beginning. */
  readonly shape: string
}

interface KeptAnswer {
  readonly failedAt: number
  /** Undefined when the log holds no answer. */
  readonly answer: MaskedAnswer | undefined
}

export type VendorAnswers = ReturnType<typeof createVendorAnswers>

/**
 * What the other system answered when it refused jobs: the last answer in the log of each, masked for its reader before it is kept. Pages
 * and commands that show a failure show this beside it.
 */
export function createVendorAnswers(redis: RedisClient) {
  // `max` would reserve the memory for all of them at once.
  const kept = new LRUCache<string, KeptAnswer>({ maxSize: MAX_KEPT, sizeCalculation: () => 1 })

  /** Returns a function that masks the answer. Reading can be done together, but masking takes time. */
  async function readOne(queue: QueueKeys, { id, code, failedAt }: AnsweredJob, user: MaskReader | undefined) {
    const name = `${user?.role ?? ''} ${queue.name}/${id}`
    const before = kept.get(name)
    if (before?.failedAt === failedAt) return () => before.answer
    const [lines, data] = await Promise.all([
      redis.lrange(`${queue.toKey(id)}:logs`, -LAST_LINES, -1),
      readData(redis, queue.toKey(id)),
    ])
    return () => {
      const answer = answerIn(lines, code, textMask(user, data))
      kept.set(name, { failedAt, answer })
      return answer
    }
  }

  /** The answers to these jobs, by job id. */
  async function readAll(
    wanted: readonly { readonly queue: QueueKeys; readonly job: AnsweredJob }[],
    user: MaskReader | undefined,
  ): Promise<ReadonlyMap<string, MaskedAnswer>> {
    const answers = new Map<string, MaskedAnswer>()
    for (let from = 0; from < wanted.length; from += AT_ONCE) {
      const part = wanted.slice(from, from + AT_ONCE)
      const read = await Promise.all(
        part.map(async ({ queue, job }) => ({ id: job.id, masked: await readOne(queue, job, user) })),
      )
      await visitInSlices(read, ({ id, masked }) => {
        const answer = masked()
        if (answer !== undefined) answers.set(id, answer)
      })
    }
    return answers
  }

  async function ofNewest(
    { queue, jobs }: FailuresOfQueue,
    user: MaskReader | undefined,
    queues = 1,
  ): Promise<readonly MaskedAnswer[]> {
    const most = Math.max(LEAST_OF_QUEUE, Math.ceil(MAX_LOGS / queues))
    const wanted = jobs.slice(0, most).map(job => ({ queue, job }))
    return [...(await readAll(wanted, user)).values()]
  }

  async function ofJobs(
    queue: QueueKeys,
    jobs: readonly AnsweredJob[],
    user: MaskReader | undefined,
  ): Promise<ReadonlyMap<string, string>> {
    const wanted = jobs.map(job => ({ queue, job }))
    return new Map([...(await readAll(wanted, user))].map(([id, { text }]) => [id, text]))
  }

  return {
    /** The answers to the newest failures of a cause in one of its `queues`: the most frequent first. */
    async ofCause(
      queue: FailuresOfQueue,
      user: MaskReader | undefined,
      queues?: number,
    ): Promise<readonly VendorAnswer[]> {
      return sumAnswers((await ofNewest(queue, user, queues)).map(({ text }) => ({ text, times: 1 })))
    },
    /** What the other system says to the newest failures of a cause in one queue, each once: with it, a later answer can be compared. */
    async shapesOf(queue: FailuresOfQueue, user: MaskReader | undefined): Promise<readonly string[]> {
      return [...new Set((await ofNewest(queue, user)).map(({ shape }) => shape))]
    },
    /** The answers to some failures of one queue, by job id. */
    ofJobs,
  }
}

/** An answer with the name of the system that gave it, for either language: `TOTVS CRM: “LEAD-01: …”`. */
export function quotedAnswer(code: ReasonCode, text: string): string {
  const system = isFailureCode(code) ? failures[code].system : undefined
  return `${system === undefined ? '' : `${systemNames[system]}: `}“${text}”`
}

/** The last answer of the other system in these lines of a job's log. Of words that it says to everybody none is masked. */
export function answerIn(
  lines: readonly string[],
  code: ReasonCode,
  mask: (text: string) => string,
): MaskedAnswer | undefined {
  const message = lines.map(line => vendorMessageOf(line, code)).findLast(each => each !== undefined)
  return message === undefined ? undefined : toAnswer(isPlainRefusal(message) ? message : mask(message))
}

const toAnswer = (masked: string): MaskedAnswer => ({
  text: masked.slice(0, MAX_CHARACTERS),
  shape: answerShape(masked).slice(0, MAX_OF_SHAPE),
})

/** Each answer once, the most frequent first. */
export const sumAnswers = (answers: readonly VendorAnswer[]): readonly VendorAnswer[] =>
  [...Map.groupBy(answers, ({ text }) => text)]
    .map(([text, own]) => ({ text, times: own.reduce((sum, { times }) => sum + times, 0) }))
    .toSorted((one, other) => other.times - one.times)

/** The data of a job, unless they are too long to be searched for personal words. */
async function readData(redis: RedisClient, jobKey: string): Promise<unknown> {
  if ((await redis.hstrlen(jobKey, 'data')) > MAX_DATA) return undefined
  return parseJson((await redis.hget(jobKey, 'data')) ?? '')
}

/** The message of the line `<time> CODE: message`. */
function vendorMessageOf(line: string, code: ReasonCode): string | undefined {
  const start = isFailureCode(code) ? line.indexOf(` ${code}: `) : -1
  return start === -1 || line.indexOf(' ') !== start ? undefined : line.slice(start + code.length + 3)
}

/**
 * The texts after the sentence of these reasons, masked, each once: the brackets of `CODE: Sentence. (setting=value)`, the issue of
 * `CODE: Sentence. issue`.
 */
export const failureDetails = (
  reasons: Iterable<string>,
  code: ReasonCode,
  mask: (text: string) => string,
): readonly string[] =>
  [...new Set([...new Set(reasons)].flatMap(reason => detailOf(reason, code, mask)))]
    // The status of an HTTP answer is in the log of each event, and tells an operator nothing that the answer does not.
    .filter(detail => !/^status=\d+$/.test(detail))
    .slice(0, MAX_DIFFERENT)

/** The same of one reason, with the status of an HTTP answer. */
export function detailOf(reason: string, code: ReasonCode, mask: (text: string) => string): readonly string[] {
  const text = code === WITHOUT_CODE ? reason : (/\.\s+(?<rest>\S.*)$/s.exec(reason)?.groups?.['rest'] ?? '')
  const detail = changeStoredText(text.replace(/^\((?<inside>.*?)\)(?=$| \[\{"key":)/s, '$<inside>'), mask)
  return detail === '' ? [] : [detail]
}

/** How a cause stands: how many events have failed for it, and what the other system answers, without what differs from event to event. */
export interface CauseShape {
  readonly count: number
  readonly shapes: readonly string[]
}

/** A masked answer without numbers, ids and what was masked: answers of the same shape say the same. */
export const answerShape = (answer: string): string =>
  foldedWords(answer.replaceAll('***', ' '))
    .filter(word => !/\d/.test(word))
    .join(' ')

/** Has a cause changed since then (`count`: the fewest since): twice as many events have failed, or the other system says something else? */
export const hasChanged = (then: CauseShape, now: CauseShape): boolean =>
  now.count >= 2 * Math.max(1, then.count) || now.shapes.some(shape => !then.shapes.includes(shape))
