import { readFileSync } from 'node:fs'
import path from 'node:path'
import { isRecord, type Language, leadField, sourceNames, updateTargets } from '@ponte/contracts'
import { repositoryRoot } from '@ponte/testbed'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { readSettings, runExample } from './run-example.ts'

const pages = {
  en: { file: 'docs/fields-and-rules.md', sources: '\n### Named sources\n', examples: '\n## Examples\n' },
  'pt-BR': {
    file: 'docs/fields-and-rules.pt-BR.md',
    sources: '\n### Origens com nome\n',
    examples: '\n## Exemplos\n',
  },
} as const satisfies Record<Language, unknown>
const languages: readonly Language[] = ['en', 'pt-BR']

/** An example: its rules, and deliveries, each followed by what the page says becomes of it. */
interface Section {
  readonly title: string
  readonly yaml: string
  readonly json: readonly unknown[]
}

/** An example that no page shows. Its notes are those of each language. */
interface FurtherExample {
  readonly title: string
  readonly rules: string
  readonly cases: readonly {
    readonly delivery: unknown
    readonly result: Readonly<Record<string, unknown>> & { readonly notes?: Readonly<Record<Language, string[]>> }
  }[]
}

const furtherExamples: readonly FurtherExample[] = parse(
  readFileSync(path.join(import.meta.dirname, 'rule-examples.yaml'), 'utf8'),
)

const read = (language: Language): string => readFileSync(path.join(repositoryRoot, pages[language].file), 'utf8')

/** From a heading to the next one of its level. */
function partOf(language: Language, part: 'sources' | 'examples'): string {
  const heading = pages[language][part]
  const [, after = ''] = read(language).split(heading)
  const [text = ''] = after.split(heading.slice(0, heading.indexOf(' ') + 1))
  return text
}

const examplesOf = (language: Language): readonly Section[] =>
  partOf(language, 'examples').split('\n### ').slice(1).map(readSection)

const readSection = (text: string): Section => ({
  title: text.slice(0, text.indexOf('\n')),
  yaml: blocksOf('yaml', text).join('\n'),
  json: blocksOf('json', text).map(parseJson),
})

const blocksOf = (kind: string, text: string): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${kind}\n(.*?)^\`\`\`$`, 'gms'))].map(([, code = '']) => code)

const parseJson = (code: string): unknown => JSON.parse(code)

const deliveriesOf = ({ json }: Section): readonly unknown[] => json.filter((_, index) => index % 2 === 0)

describe.each(languages)('the page in %s', language => {
  test.each([...leadField.options, ...updateTargets])('names %s', name =>
    expect(read(language)).toContain(`\`${name}\``),
  )

  const examples = examplesOf(language)

  test('has examples, each with rules, a delivery and what arrives, in both formats of the webhook', () => {
    expect(examples).toHaveLength(3)
    expect(examples.filter(({ yaml, json }) => yaml === '' || json.length === 0 || json.length % 2 === 1)).toEqual([])
    const formats = examples.flatMap(deliveriesOf).map(body => (isRecord(body) && 'leads' in body ? 1 : 2))
    expect(new Set(formats)).toEqual(new Set([1, 2]))
  })

  test.each(examples)('$title: what arrives is what the page says', async ({ yaml, json }) => {
    const settings = readSettings(yaml)
    for (const [index, delivery] of json.entries()) {
      const expected = json[index + 1]
      if (index % 2 === 1 || !isRecord(expected)) continue
      const { before, ...result } = expected
      expect(await runExample({ settings, delivery, before, language })).toEqual(result)
    }
  })

  test.each(furtherExamples)('$title, which no page shows, comes out as expected', async ({ rules, cases }) => {
    const settings = readSettings(rules)
    for (const { delivery, result } of cases) {
      const { notes, ...rest } = result
      const expected = { ...rest, ...(notes && { notes: notes[language] }) }
      expect(await runExample({ settings, delivery, language })).toEqual(expected)
    }
  })

  test('names every source that rules can read, and no other', () => {
    const named = [...partOf(language, 'sources').matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name)
    expect(named).toEqual(sourceNames)
  })
})

test('both pages have the same rules and deliveries', () => {
  const [english, portuguese] = languages
    .map(examplesOf)
    .map(examples => examples.map(example => ({ yaml: example.yaml, deliveries: deliveriesOf(example) })))
  expect(portuguese).toEqual(english)
})
