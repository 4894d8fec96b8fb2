import type { JsonObject } from '../json.ts'
import { valuesAt } from './filters.ts'

export interface CrmRecord {
  readonly id: string
  readonly createdAt: string
  updatedAt: string
  /** All other members: an update merges into them, an upsert replaces them. */
  values: JsonObject
  customFields: JsonObject
  /** The custom fields before the last change. */
  customFieldsBefore?: JsonObject
  /** As it was before each of the last changes, and until when in milliseconds since 1970. */
  earlier?: readonly { readonly until: number; readonly record: CrmRecord }[]
}

/** The paths by which workers look up records. Without an index, a benchmark with thousands of records would mostly measure scans. */
const indexedPaths = new Set(['id', 'externalId', 'emails.email', 'phones.number', 'leadId'])

export type RecordIndex = ReturnType<typeof createRecordIndex>

/** Finds records by the value at a path, ignoring case. The filter then checks the found records. */
export function createRecordIndex() {
  const records = new Map<string, Set<CrmRecord>>()
  const keysOf = ({ id, values }: CrmRecord) =>
    [...indexedPaths].flatMap(path => valuesAt({ ...values, id }, path.split('.')).map(value => keyOf(path, value)))

  return {
    add(record: CrmRecord): void {
      for (const key of keysOf(record)) {
        const found = records.get(key)
        if (found) found.add(record)
        else records.set(key, new Set([record]))
      }
    },
    /** Call it before a record's values change and when it is removed. */
    remove(record: CrmRecord): void {
      for (const key of keysOf(record)) {
        const found = records.get(key)
        found?.delete(record)
        if (found?.size === 0) records.delete(key)
      }
    },
    /** Undefined when the path is not indexed. */
    find: (path: string, value: string): CrmRecord[] | undefined =>
      indexedPaths.has(path) ? [...(records.get(keyOf(path, value)) ?? [])] : undefined,
  }
}

const keyOf = (path: string, value: unknown) => `${path} ${String(value).toLowerCase()}`
