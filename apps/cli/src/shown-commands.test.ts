import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { runInProcess } from './testing/run-in-process.ts'

const root = path.resolve(import.meta.dirname, '../../..')
const patterns = ['*.md', 'docs/*.md', '.env*.example', 'docker-compose*.yml', 'ponte.config*.yaml']
const documents = execFileSync('git', ['ls-files', ...patterns], { cwd: root, encoding: 'utf8' })
  .trim()
  .split('\n')
  .map(file => ({ file, text: readFileSync(path.join(root, file), 'utf8') }))

interface Shown {
  readonly file: string
  /** What stands after `ponte`. */
  readonly line: string
}

/** Lines to type, and what is set as code in a sentence. */
const shown: readonly Shown[] = documents.flatMap(({ file, text }) =>
  [...text.matchAll(/(?:(?<=`)|\.{1,2}\/)ponte ([^`\n]+)/g)].map(([, line = '']) => ({ file, line })),
)

/** The words of a line, without what the shell takes from it. `…` and square brackets stand for what may be there. */
function wordsOf(line: string): readonly string[] {
  const [typed = ''] = line.split(/ {2,}|[;)]| [#|&<>]/)
  return [...typed.matchAll(/"([^"]*)"|'([^']*)'|[^\s"']+/g)]
    .map(([whole, double, single]) => double ?? single ?? whole)
    .map(word => word.replaceAll(/[[\]…]/g, '').replace(/\|.*/, ''))
    .filter(word => word !== '')
}

/** What the parser of the command line has against a line; not what the command has. */
const refusals =
  /^(?:Unknown (?:option|command)|The (?:value of the option|argument|option) .* is missing|Too many arguments|Value not accepted)/

async function refusalOf(line: string): Promise<string | undefined> {
  const words = wordsOf(line)
  const [command = ''] = words
  if (command === '' || /^[<-]/.test(command)) return undefined
  // It would write files.
  const argv = command === 'init' ? [...words, '--folder', path.join(root, 'not-there')] : words
  const { stderr } = await runInProcess([...argv, '--lang', 'en'], { env: {} })
  const [refusal = ''] = stderr.split('\n')
  // A name of a command or of an option, and a synopsis, are no line to type.
  const isWhole = words.length > 1 && !/[[…]/.test(line) && words.at(-1)?.startsWith('--') !== true
  const isRefused = refusals.test(refusal) && (isWhole || /^Unknown|^Too many/.test(refusal))
  return isRefused ? refusal : undefined
}

test('every command that a document shows is one that the command line takes', async () => {
  expect(shown.length).toBeGreaterThan(200)
  const refused: string[] = []
  for (const [line, all] of Map.groupBy(shown, each => each.line)) {
    const refusal = await refusalOf(line)
    if (refusal !== undefined) refused.push(`${all.map(({ file }) => file).join(', ')}: ponte ${line}: ${refusal}`)
  }
  expect(refused).toEqual([])
})

test('documents name the command line as ./ponte, and npm only with a script that there is', () => {
  const { scripts }: { scripts: Readonly<Record<string, string>> } = JSON.parse(
    readFileSync(path.join(root, 'package.json'), 'utf8'),
  )
  // The pages of the command line say why.
  const others = documents.filter(({ file }) => !/^docs\/(?:cli|behaviour)/.test(file))
  const otherwise = /pnpm ponte|npm run (?:--silent )?ponte|compose run --rm (?:-T )?cli/g
  expect(others.flatMap(({ file, text }) => (text.match(otherwise) ?? []).map(found => `${file}: ${found}`))).toEqual(
    [],
  )
  const named = documents.flatMap(({ text }) =>
    [...text.matchAll(/npm run ([a-z][\w-]*(?::\w+)?)/g)].map(([, name = '']) => name),
  )
  expect(named.filter(name => !Object.hasOwn(scripts, name))).toEqual([])
})
