import { readFileSync } from 'node:fs'
import path from 'node:path'
import { isRecord, type Language, leadField, sourceNames, updateTargets } from '@ponte/contracts'
import { repositoryRoot } from '@ponte/testbed'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { readSettings, runExample } from './run-example.ts'

const page = readFileSync(path.join(repositoryRoot, 'docs/fields-and-rules.md'), 'utf8')
const languages: readonly Language[] = ['en', 'pt-BR']

/** The notes of the examples of the page, as a tenant reads them in Portuguese. */
const notesInPortuguese: Readonly<Record<string, string>> = {
  'lead.name kept as it is: its update is "if-empty"': 'lead.name mantido como está: a atualização dele é "if-empty"',
  'lead.jobTitle kept as it is: its update is "if-empty"':
    'lead.jobTitle mantido como está: a atualização dele é "if-empty"',
}

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

/** From a heading to the next one of its level. */
function partOf(heading: string): string {
  const [, after = ''] = page.split(`\n${heading}\n`)
  const [text = ''] = after.split(`\n${heading.slice(0, heading.indexOf(' ') + 1)}`)
  return text
}

const readSection = (text: string): Section => ({
  title: text.slice(0, text.indexOf('\n')),
  yaml: blocksOf('yaml', text).join('\n'),
  json: blocksOf('json', text).map(parseJson),
})

const blocksOf = (kind: string, text: string): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${kind}\n(.*?)^\`\`\`$`, 'gms'))].map(([, code = '']) => code)

const parseJson = (code: string): unknown => JSON.parse(code)

const deliveriesOf = ({ json }: Section): readonly unknown[] => json.filter((_, index) => index % 2 === 0)

describe('the page', () => {
  test.each([...leadField.options, ...updateTargets])('names %s', name => expect(page).toContain(`\`${name}\``))

  const examples = partOf('## Examples').split('\n### ').slice(1).map(readSection)

  test('has examples, each with rules, a delivery and what arrives, in both formats of the webhook', () => {
    expect(examples).toHaveLength(3)
    expect(examples.filter(({ yaml, json }) => yaml === '' || json.length === 0 || json.length % 2 === 1)).toEqual([])
    const formats = examples.flatMap(deliveriesOf).map(body => (isRecord(body) && 'leads' in body ? 1 : 2))
    expect(new Set(formats)).toEqual(new Set([1, 2]))
  })

  describe.each(languages)('in %s', language => {
    test.each(examples)('$title: what arrives is what the page says', async ({ yaml, json }) => {
      const settings = readSettings(yaml)
      for (const [index, delivery] of json.entries()) {
        const expected = json[index + 1]
        if (index % 2 === 1 || !isRecord(expected)) continue
        const { before, notes, ...result } = expected
        const inLanguage = notes === undefined ? {} : { notes: language === 'en' ? notes : inPortuguese(notes) }
        expect(await runExample({ settings, delivery, before, language })).toEqual({ ...result, ...inLanguage })
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
  })

  test('names every source that rules can read, and no other', () => {
    const named = [...partOf('### Named sources').matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name)
    expect(named).toEqual(sourceNames)
  })
})

const inPortuguese = (notes: unknown): readonly (string | undefined)[] =>
  Array.isArray(notes) ? notes.map(note => notesInPortuguese[String(note)]) : []
