import { acquireLock, contactLock, type Fence, leadLock, opportunityLock, stateKey } from '@ponte/state'
import type { Redis } from 'ioredis'
import { writeCalls } from './write-calls.ts'
import { writeJobs } from './write-jobs.ts'
import { writeMarks } from './write-marks.ts'
import { writeOperators } from './write-operators.ts'
import { writePersons } from './write-persons.ts'
import { writeTimelines } from './write-timelines.ts'
import { type Rename, uuid, type Writer } from './writer.ts'

/** What was written, and how a fixture calls the texts that are other ones in each writing. */
export interface Written<Looked> {
  readonly looked: Looked
  readonly now: number
  readonly names: ReadonlyMap<string, string>
}

/** Writes through every store, and into every queue. `look` is called at the end, while the locks are held. */
export async function writeEverything<Looked>(
  redis: Redis,
  tenant: string,
  look: () => Promise<Looked>,
): Promise<Written<Looked>> {
  const now = Date.now()
  const lockKey = (name: string): string => stateKey(tenant, 'lock', name)
  const [opportunity, lead, contact] = [opportunityLock('o1'), leadLock('l1'), contactLock(uuid)].map(lockKey)
  if (opportunity === undefined || lead === undefined || contact === undefined)
    throw new Error('three have three names')
  const lock = await acquireLock(redis, [opportunity, lead, contact], { waitMs: 0 })
  const fenceOf = (name: string): Fence => {
    if (lock === undefined) throw new Error('nobody else holds the locks of the test')
    return lock.fenceOf(lockKey(name))
  }
  const names = new Map<string, string>()
  const rename: Rename = (found, fixed) => void names.set(found, fixed)
  const writer: Writer = { redis, tenant, fenceOf, now }

  await writePersons(writer)
  await writeMarks(writer)
  await writeTimelines(writer)
  await writeOperators(writer, rename)
  const close = await writeJobs(writer, rename)
  await writeCalls(writer)
  const looked = await look()
  await close()
  await lock?.release()
  return { looked, now, names }
}
