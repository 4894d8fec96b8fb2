import type { CrmRecord } from './tenant.ts'
import { valuesAt } from './filters.ts'

/** Paths by which a worker looks records up one by one: a scan of thousands of records for each would swamp a bench. */
const indexedPaths = new Set(['id', 'externalId', 'emails.email', 'phones.number', 'leadId'])

export type RecordIndex = ReturnType<typeof createRecordIndex>

/** Finds records by the exact value at a path, without regard to case: a superset of what a filter then checks. */
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
    /** Before a record's values change, or when it goes. */
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
