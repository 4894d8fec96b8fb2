import { stat } from 'node:fs/promises'
import type { Tenant } from '@ponte/runtime'
import { parseRdDelivery, readHeadings } from '@ponte/webhooks'
import { UsageError } from '../exit-codes.ts'
import type { Session } from '../session.ts'
import { openTable, TableUnreadableError } from './read-table.ts'
import { eventIn } from './read-event.ts'
import type { ImportedRecord, ImportSource, ReadRecord, UnreadRecord } from './source.ts'

/** RD Station's export, or any table with such headings. Throws UsageError when nothing of it can be read. */
export async function openFile(
  file: string,
  { settings }: Tenant,
  { texts }: Pick<Session, 'texts'>,
): Promise<ImportSource> {
  const found = await stat(file).catch(() => undefined)
  if (found?.isFile() !== true) throw new UsageError(texts.import.fileUnreadable(file))
  let bytes = 0
  const table = await openTable(file, read => (bytes = read)).catch((error: unknown) => {
    if (error instanceof TableUnreadableError) throw new UsageError(texts.import.tableUnreadable(file, error.problem))
    throw error
  })
  const { namesPersons, bodyOf } = readHeadings(table.headings, settings)
  if (!namesPersons) throw new UsageError(texts.import.noPersons(file))

  async function* records(): AsyncGenerator<ImportedRecord> {
    for await (const found of table.records) {
      const { record } = found
      if ('problem' in found) yield { record, read: async () => ({ reason: found.problem }) }
      else {
        const body = bodyOf(found.cells)
        yield { record, row: JSON.stringify(body), read: async () => readRow(body, settings) }
      }
    }
  }
  return { records: records(), share: () => (found.size === 0 ? undefined : bytes / found.size) }
}

/** A spreadsheet writes dates again in its own way, and leaves out the offset. */
function readRow(
  body: ReturnType<ReturnType<typeof readHeadings>['bodyOf']>,
  settings: Tenant['settings'],
): ReadRecord | UnreadRecord {
  const read = eventIn(parseRdDelivery(body, settings))
  if (!('event' in read)) return read
  return { ...read, isDateUnreadable: 'last_conversion' in body.leads[0] && read.event.lead.convertedAt === undefined }
}
