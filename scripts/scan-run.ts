import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { SHORT_ID_CHARACTERS } from '../packages/contracts/src/index.ts'

interface Needle {
  readonly what: string
  readonly text: string
}

interface SpeltNeedle extends Needle {
  readonly all: readonly string[]
}

/** A place where something was found that must be nowhere. The text itself is not repeated. */
export interface Leak {
  readonly file: string
  readonly line: number
  readonly what: string
}

export interface Scan {
  readonly files: number
  readonly lines: number
  readonly needles: number
  readonly leaks: readonly Leak[]
}

/** Every address that a test uses is of one of these; a masked one (`m***@c***.example`) is none. */
const EMAIL = /\w@[\w-]+(?:\.[\w-]+)*\.(?:example|com|br|test)\b/i
/** Ids of jobs, keys of events and addresses of timelines are random: sooner or later one holds the three letters of somebody's name. */
const RANDOM_ID = new RegExp(
  String.raw`(?<=\b(?:lead|opportunity|import|delivery|rd\d|crm\d)-|/events/[\w-]+/)[\w-]{${SHORT_ID_CHARACTERS}}(?![\w-])`,
  'g',
)
const isNeedles = (file: string): boolean => file.endsWith('.jsonl')

/** Looks through all that a run of the tests recorded (`tools/testbed/src/record-run.ts`). */
export async function scanRun(folder: string): Promise<Scan> {
  const files = (await readdir(folder)).toSorted()
  const needles = (await Promise.all(files.filter(isNeedles).map(file => readNeedles(path.join(folder, file))))).flat()
  const unique = [...new Map(needles.map(needle => [needle.text, needle])).values()].map(needle => ({
    ...needle,
    all: spellings(needle.text),
  }))
  const leaks: Leak[] = []
  let lines = 0
  const recorded = files.filter(file => !isNeedles(file))
  for (const file of recorded) {
    const text = (await readFile(path.join(folder, file), 'utf8')).replaceAll(RANDOM_ID, 'an id')
    const found = findLeaks(text, unique)
    lines += text.split('\n').length - 1
    leaks.push(...found.map(leak => ({ file, ...leak })))
  }
  return { files: recorded.length, lines, needles: unique.length, leaks }
}

async function readNeedles(file: string): Promise<Needle[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter(line => line !== '')
  return lines.map(line => {
    const { what, text } = JSON.parse(line)
    return { what: String(what), text: String(text) }
  })
}

function findLeaks(text: string, needles: readonly SpeltNeedle[]): Omit<Leak, 'file'>[] {
  // Nearly always nothing is there: then one look through the whole is enough.
  const wanted = needles.filter(({ all }) => all.some(spelling => text.includes(spelling)))
  if (wanted.length === 0 && !EMAIL.test(text)) return []
  return text.split('\n').flatMap((line, index) => {
    const whats = [
      ...(EMAIL.test(line) ? ['an e-mail address'] : []),
      ...wanted.filter(({ all }) => all.some(spelling => line.includes(spelling))).map(({ what }) => what),
    ]
    return whats.map(what => ({ line: index + 1, what }))
  })
}

/** A text as it is, as it stands in JSON and in an address, and a telephone without its punctuation. */
function spellings(text: string): readonly string[] {
  const digits = /^[+(]?\d[\d\s().-]+$/.test(text) ? text.replaceAll(/\D/g, '') : ''
  const all = [text, JSON.stringify(text).slice(1, -1), encodeURIComponent(text), digits.length >= 8 ? digits : text]
  return [...new Set(all)]
}
