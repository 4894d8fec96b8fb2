import { readFileSync } from 'node:fs'
import path from 'node:path'
import { crmEventNames, events } from '@ponte/contracts'
import { expect, test } from 'vitest'

const root = path.resolve(import.meta.dirname, '../..')

test.each(['docs/installing.md', 'docs/installing.pt-BR.md'])(
  '%s sets up a workflow for every event of TOTVS CRM, with its trigger and its address, and for nothing else',
  file => {
    const text = readFileSync(path.join(root, file), 'utf8')
    const rows = [...text.matchAll(/^\| Ponte: [^|]+ \| ([^|]+) \| `https:\/\/[^`]+\/totvs-crm\/([^`]+)` \|$/gm)]
    const expected = crmEventNames.map(name => `${events[name].pt} ${events[name].intent}`)
    expect(new Set(rows.map(([, trigger, intent]) => `${trigger} ${intent}`))).toEqual(new Set(expected))
  },
)

test('docs/behaviour/README.md names every event, where it comes from and where it goes, and no other', () => {
  const text = readFileSync(path.join(root, 'docs/behaviour/README.md'), 'utf8')
  const rows = [...text.matchAll(/^\| `([a-z.-]+)` \| ([^|]+) \| [^|]+ \| `([a-z-]+)` \|$/gm)]
  const systems = { 'rd-station': 'RD Station', 'totvs-crm': 'TOTVS CRM' } as const
  const expected = Object.entries(events).map(([name, { source, destination }]) => [
    name,
    `${systems[source]} → ${destination}`,
  ])
  const listed = rows.map(([, name = '', source, destination]) => [name, `${source} → ${destination}`])
  expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(expected))
  expect(listed).toHaveLength(expected.length)
})
