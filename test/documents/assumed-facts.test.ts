import { readFileSync } from 'node:fs'
import path from 'node:path'
import { repositoryRoot } from '@ponte/testbed'
import { expect, test } from 'vitest'
import { factIds, sectionOf } from '../../apps/cli/src/rehearse/facts.ts'

const pages = [
  { system: 'rd-station', prefix: 'rd-', file: 'docs/vendors/rd-station.md' },
  { system: 'totvs-crm', prefix: 'crm-', file: 'docs/vendors/totvs-crm.md' },
] as const

/** `*assumed*`, or `*Assumed*` with a colon; the bold one says what the word means. */
const mark = /(?<!\*)\*assumed[:.]?\*(?!\*)/gi
const tied = /(?<!\*)\*assumed\*(?: \(|, )(?:`(?<id>[a-z0-9-]+)`|cannot be tested: (?<reason>[^()|]+))/gi

/** Each section with its heading as GitHub links it. */
const sectionsOf = (text: string) =>
  text.split(/^(?=##+ )/m).map(section => ({
    section,
    anchor: (/^##+ (.*)/.exec(section)?.[1] ?? '')
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  }))

test.each(pages)(
  'everything that $file assumes has an id of `ponte rehearse`, or says why it cannot be tested',
  ({ file }) => {
    const text = readFileSync(path.join(repositoryRoot, file), 'utf8')
    expect([...text.matchAll(mark)].length).toBeGreaterThan(10)
    const loose = text
      .split(/(?<=[.|])\s/)
      .filter(part => [...part.matchAll(mark)].length > [...part.matchAll(tied)].length)
    expect(loose).toEqual([])
  },
)

test.each(pages)(
  'every fact of `ponte rehearse` about $system stands once in $file, in the section that the fact names',
  ({ prefix, file }) => {
    const sections = sectionsOf(readFileSync(path.join(repositoryRoot, file), 'utf8'))
    const found = sections.flatMap(({ section, anchor }) =>
      [...section.matchAll(tied)].flatMap(({ groups }) =>
        groups?.['id'] === undefined ? [] : [`${groups['id']} in ${anchor}`],
      ),
    )
    const wanted = factIds.filter(id => id.startsWith(prefix)).map(id => `${id} in ${sectionOf(id)}`)
    expect(found.toSorted()).toEqual(wanted.toSorted())
  },
)
