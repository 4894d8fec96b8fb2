import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { repositoryRoot } from '@ponte/testbed'
import { expect, test } from 'vitest'

/**
 * Words that have a better one in the field, each with that one (docs/behaviour/README.md#words).
 * Some of them are ordinary English as well. `everywhere` holds those that have no ordinary sense here: they are refused in prose and as
 * a part of a name. `names` holds the others: they are refused only as names, and only where the refused sense is likely.
 */
const everywhere: readonly (readonly [refused: string, instead: string])[] = [
  ...each('rests resting rested', 'open, of a circuit breaker'),
  ...each('troubled', 'degraded'),
  ...each('hurry', 'probeNow'),
  ...each('dismiss dismissed', 'resetFailures'),
  ...each('witness witnesses', 'correlation key'),
  ...each('pace paced pacing', 'rate limiter, or speed'),
  ...each('story stories storyteller', 'timeline'),
  ...each('fate fates', 'status, or what became of it'),
  ...each('deed deeds', 'action, of an audit entry'),
  ...each('verdict verdicts', 'the name of what it is'),
  ...each('postpone postpones postponed', 'delay, JobDelayed'),
  ...each('settle settles settled', 'reconcile, or what is done'),
  ...each('basis', 'fingerprint'),
  ...each('dialect dialects', 'vendor codes'),
  ...each('hindrance hindrances', 'EditRefusal'),
  ...each('surroundings', 'io'),
  ...each('machinery', 'internalKeys'),
  ...each('strike strikes', 'fault'),
  ...each('blow blows', 'injection'),
  ...each('onlooker onlookers', 'observer'),
  ...each('mend mends mended mending', 'fix'),
  ...each('resend resends resent resender', 'retry'),
]

/** Names of more than one word. */
const compounds: readonly (readonly [refused: string, instead: string])[] = [
  ['restEnded', 'breakerClosed'],
  ['isTold', 'isReported, isMarked'],
  ['tellAgain', 'reportAgain'],
  ['retold', 'reportedAgain'],
  ['askFrom', 'recheckAfter'],
  ['mayHaveHadEffect', 'isOutcomeUnknown'],
  ['keepHouse', 'prune'],
  ['giveUp', 'fail'],
  ['finishOthers', 'completeEarlierOpportunities'],
  ['holdBack', 'abortBeforeSend'],
  ['rest_seconds', 'circuit_breaker_open_seconds'],
  ['REST_MINUTES', 'BREAKER_MINUTES'],
  ['MOST_', 'MAX_'],
  ['LONGEST_', 'MAX_'],
]

const phrases: readonly (readonly [refused: RegExp, instead: string])[] = [
  [/\b(?:a|each|every) rest(?! of\b)\b/gi, 'an open circuit breaker'],
  [/\bfail\w* for good\b/gi, 'failed permanently'],
  [/\bcounts? as told\b/gi, 'counts as marked'],
  [/\b(?:whole|full) series\b/gi, 'from the first attempt'],
  [/\bkeeps? house\b/gi, 'prune'],
  [/\bgives? it up\b|\bis given up\b/gi, 'fails'],
  // The table of events decides how many there are.
  [/\b(?:four|quatro) (?:workflows|addresses|endereços|triggers|gatilhos|events|eventos)\b/gi, 'no number'],
]

interface RefusedName {
  readonly refused: readonly string[]
  readonly instead: string
  readonly where: RegExp
}

const anywhere = /./

const names: readonly RefusedName[] = [
  { refused: ['told', 'tell', 'tells'], instead: 'recorded, marked, or what it is', where: anywhere },
  { refused: ['who'], instead: 'user', where: anywhere },
  { refused: ['say', 'said'], instead: 'message, vendorMessages', where: anywhere },
  { refused: ['became'], instead: 'derivedEvents', where: anywhere },
  { refused: ['series'], instead: 'rounds', where: anywhere },
  { refused: ['rooms'], instead: 'streams', where: anywhere },
  {
    refused: ['silence', 'silences'],
    instead: 'transport error',
    where: /^(?:apps|packages\/(?!clients\/src\/testing\/))/,
  },
  // "A turn of the event loop" and a budget of bytes are ordinary; in these folders they would be the slot and the quota.
  { refused: ['turn', 'turns'], instead: 'slot', where: /^(?:packages\/state|apps\/worker)\// },
  { refused: ['budget', 'budgets'], instead: 'quota', where: /^(?:packages\/(?:state|clients)|apps\/worker)\// },
  {
    refused: ['leave', 'look', 'subject', 'rest'],
    instead: 'releaseProbe, peek, correlationKey, open',
    where: /^(?:packages\/state\/src\/circuit-breaker|apps\/worker\/src\/calls)\//,
  },
  {
    refused: ['place', 'places'],
    instead: 'queueRef',
    where: /^apps\/(?:board\/src\/(?:auth|bull-board|queues)|cli\/src\/failures)\//,
  },
]

interface Exception {
  readonly why: string
  readonly where: RegExp
  readonly text: RegExp
}

const allowed: readonly Exception[] = [
  {
    why: 'the words that pages must not show',
    where: /^apps\/board\/src\/ui\/wordings\.test\.ts$/,
    text: /rests\|resting\|rested\|mend\|mended\|deeds|Story of\|stories/,
  },
  { why: 'a name of JavaScript', where: /\.ts$/, text: /Promise\.allSettled|PromiseSettledResult/ },
]

function each(words: string, instead: string): (readonly [string, string])[] {
  return words.split(' ').map(word => [word, instead])
}

/** They are not Ponte's, or are the list itself. */
const exempt = /^(?:LICENSE|pnpm-lock\.yaml|test\/documents\/words\.test\.ts|.*\.(?:png|svg))$/
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: repositoryRoot })
  .toString()
  .split('\n')
  .filter(file => file !== '' && !exempt.test(file) && existsSync(path.join(repositoryRoot, file)))

test('no word stands where the field has another one', () => {
  expect(files.length).toBeGreaterThan(800)
  const found = files.flatMap(file => findRefusedWords(file, readFileSync(path.join(repositoryRoot, file), 'utf8')))
  expect(found).toEqual([])
})

test('each exception is still needed', () => {
  const unused = allowed.filter(({ where, text }) =>
    files.every(file => !where.test(file) || !text.test(readFileSync(path.join(repositoryRoot, file), 'utf8'))),
  )
  expect(unused.map(({ why, text }) => `${text.source}: ${why}`)).toEqual([])
})

test.each([
  ['a word, in prose', 'README.md', 'The story of the event.', 'story'],
  ['a word, at the beginning of a sentence', 'apps/x.ts', '// Postponed until later.', 'Postponed'],
  ['a part of a name', 'apps/x.ts', 'const oldStories = []', 'oldStories'],
  ['a part of a name in capitals', '.env.example', 'ALERT_PACE_MINUTES=', 'ALERT_PACE_MINUTES'],
  ['a part of a name with hyphens', 'apps/x.html', '<p class="deed-list">', 'deed'],
  ['a compound', 'apps/x.ts', 'if (error.mayHaveHadEffect) return', 'mayHaveHadEffect'],
  ['a compound, inside another', 'apps/x.ts', 'data: { breakerRestEnded: true }', 'breakerRestEnded'],
  ['a phrase', 'README.md', 'It is called off: the job has failed for good.', 'failed for good'],
  ['a number of events', 'README.md', 'It lists the four addresses of the ingress.', 'four addresses'],
  ['a local', 'apps/x.ts', 'const told = await read()', 'told'],
  ['a member', 'apps/x.ts', 'return entry.who', 'who'],
  ['a property', 'apps/x.ts', '  became: z.array(event),', 'became'],
  ['a shorthand', 'apps/x.ts', 'return { id, said }', 'said'],
  ['a parameter', 'apps/x.ts', 'words.map(told => told.length)', 'told'],
  ['a local of Lua', 'packages/state/src/x.lua', 'local turn = now', 'turn'],
  ['a label', 'apps/worker/src/telemetry/x.ts', "labelNames: ['tenant', 'budget'],", 'budget'],
])('%s is found', (_kind, file, line, word) => {
  expect(findRefusedWords(file, line)).toEqual([expect.stringContaining(`"${word}"`)])
})

test('ordinary English is not found', () => {
  const text = `// RD Station was told about a sale; who reads the rest of the body takes its turn and says so.
const { first, ...rest } = body
log.info('what the system said became a line, told once')`
  expect(findRefusedWords('apps/x.ts', text)).toEqual([])
})

function findRefusedWords(file: string, text: string): string[] {
  return text.split('\n').flatMap((line, index) => {
    if (!mayHold.test(line)) return []
    const kept = allowed
      .filter(({ where }) => where.test(file))
      .reduce((remaining, { text: phrase }) => remaining.replaceAll(new RegExp(phrase, 'g'), ' '), line)
    return [...inProse(kept), ...(isCode(file) ? inCode(file, kept) : [])].map(
      ({ word, instead }) => `${file}:${index + 1} "${word}": use ${instead}`,
    )
  })
}

/** A quick look at a line, since nearly all lines hold none of the words. */
const mayHold = new RegExp(
  [
    ...[...everywhere, ...compounds].map(([refused]) => refused),
    ...phrases.map(([phrase]) => phrase.source),
    ...names.flatMap(({ refused }) => refused),
  ].join('|'),
  'i',
)

interface Found {
  readonly word: string
  readonly instead: string
}

function* inProse(line: string): Generator<Found> {
  for (const [word] of line.matchAll(/[\p{L}\p{N}_$]+/gu)) {
    const parts = word.split(/_|(?<=[a-z0-9])(?=[A-Z])/).map(part => part.toLowerCase())
    for (const [refused, instead] of everywhere) if (parts.includes(refused)) yield { word, instead }
    for (const [form, instead] of compoundForms) if (form.test(word)) yield { word, instead }
  }
  for (const [phrase, instead] of phrases) for (const [word] of line.matchAll(phrase)) yield { word, instead }
}

function* inCode(file: string, line: string): Generator<Found> {
  const code = line
    .replace(/^\s*(?:\/?\*|\/\/|--).*|\s(?:\/\/|--) .*$/, '')
    .replaceAll(/'((?:\\.|[^'\\])*)'/g, (quoted, inside: string) => (/^[a-z]+$/.test(inside) ? quoted : "''"))
  for (const { word, form, instead, where } of nameForms)
    if (code.includes(word) && where.test(file) && form.test(code)) yield { word, instead }
}

const isCode = (file: string): boolean => /\.(?:ts|mjs|lua)$/.test(file)

/** `restEnded` in `restEnded` and `breakerRestEnded`, not in `interestEnded`. */
function asPart(name: string): string {
  const [first = '', ...others] = name
  return `(?:^|_)${name}|(?<=[a-z0-9])${first.toUpperCase()}${others.join('')}`
}

const compoundForms = compounds.map(([refused, instead]) => [new RegExp(asPart(refused)), instead] as const)
const nameForms = names.flatMap(({ refused, instead, where }) =>
  refused.map(word => ({ word, form: new RegExp(formsOfName(word)), instead, where })),
)

/** Declared, a member, a property, a shorthand, a parameter, or a text that is nothing but the word. */
function formsOfName(word: string): string {
  return [
    String.raw`\b(?:const|let|function\*?|readonly|interface|type|class|local) +${word}\b`,
    String.raw`[\w)\]}]\??\.${word}\b`,
    String.raw`(?:^\s*|[{,(]\s*)${word}\??:`,
    String.raw`[{,]\s*${word}\s*(?=[,}=])`,
    String.raw`\(${word}\s*[,)=:]|\b${word} =>`,
    `'${word}'`,
  ].join('|')
}
