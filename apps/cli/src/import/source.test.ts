import { exampleSettings } from '@ponte/testbed'
import { expect, test } from 'vitest'
import { textsOf } from '../texts/texts.ts'
import { openSegmentation } from './source.ts'

test('an RD Station that sends the first page again and again does not keep an import for ever', async () => {
  const contacts = Array.from({ length: 125 }, (_, index) => ({ uuid: `u${index}`, last_conversion_date: undefined }))
  const pages: number[] = []
  const source = await openSegmentation('77', {
    tenant: { name: 'acme', settings: exampleSettings() },
    rd: {
      listSegmentationContacts(_id, page) {
        pages.push(page)
        return Promise.resolve({ contacts, isLast: false })
      },
      findContact: () => Promise.resolve(undefined),
    },
    signal: new AbortController().signal,
    session: { texts: textsOf.en, progressBriefly: () => undefined },
  })
  const readAll = async (): Promise<number> => {
    let read = 0
    for await (const { record } of source.records) read = record
    return read
  }
  await expect(readAll()).rejects.toMatchObject({ code: 'RD_UNREADABLE' })
  expect(pages).toEqual([1, 2])
})
