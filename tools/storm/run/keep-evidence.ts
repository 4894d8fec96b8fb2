import { writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { Evidence } from '../check/evidence.ts'

/** Writes all that is known after a storm that broke a promise into a file, and returns where it is. */
export async function keepEvidence(name: string, evidence: Evidence): Promise<string> {
  const file = path.join(os.tmpdir(), `ponte-storm-${name}.json`)
  await writeFile(file, JSON.stringify(evidence, undefined, 2))
  return file
}
