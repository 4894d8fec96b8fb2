import { type CrmCatalogEntry, crmCatalogEntry } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { chooseCatalogEntries, pipelineOfStage } from './choose-catalog-entries.ts'

const entry = (record: {
  id: string
  description?: string
  pipelineId?: string
  pipeline?: { id: string }
}): CrmCatalogEntry => crmCatalogEntry.parse(record)
const ids = (entries: readonly CrmCatalogEntry[]): string[] => entries.map(({ id }) => id)

test('an id is meant before a description, the exact description before one that differs in case and accents', () => {
  const entries = [
    entry({ id: 'a', description: 'abordagem e investigacao' }),
    entry({ id: 'b', description: 'Abordagem e Investigação' }),
    entry({ id: 'Abordagem e Investigação', description: 'Outra' }),
  ]
  expect(ids(chooseCatalogEntries(entries, 'Abordagem e Investigação'))).toEqual(['Abordagem e Investigação'])
  expect(ids(chooseCatalogEntries(entries.slice(0, 2), 'Abordagem e Investigação'))).toEqual(['b'])
  expect(ids(chooseCatalogEntries(entries.slice(0, 1), 'Abordagem e Investigação'))).toEqual(['a'])
  expect(chooseCatalogEntries(entries, 'Fechamento')).toEqual([])
})

test('among stages of one description those of the right pipeline are meant; without any, all of them', () => {
  const stages = [
    entry({ id: 'a', description: 'Etapa', pipelineId: 'p1' }),
    entry({ id: 'b', description: 'Etapa', pipeline: { id: 'p2' } }),
  ]
  const ofPipeline = (id: string) => (stage: CrmCatalogEntry) => pipelineOfStage(stage) === id
  expect(ids(chooseCatalogEntries(stages, 'Etapa', ofPipeline('p2')))).toEqual(['b'])
  expect(ids(chooseCatalogEntries(stages, 'Etapa', ofPipeline('p3')))).toEqual(['a', 'b'])
})
