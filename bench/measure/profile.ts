import { existsSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'

const LOOK_MS = 20

/** What V8's profiler writes. A sample is the node that was running, and its time in microseconds has the same index. */
const profile = z.object({
  nodes: z.array(
    z.object({
      id: z.number(),
      callFrame: z.object({ functionName: z.string(), url: z.string() }),
      children: z.array(z.number()).optional(),
    }),
  ),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
})
export type Profile = z.infer<typeof profile>

/** A name for the frames of a stack that match: `URL FUNCTION`. */
export interface Part {
  readonly name: string
  readonly frames: RegExp
}

export const OTHER = 'the rest of Node.js'

/** What a process needs in its environment to be profiled. */
export const profilerEnvironment = (folder: string): Record<string, string> => ({
  NODE_OPTIONS: `--import ${import.meta.resolve('./profiler.ts')}`,
  BENCH_PROFILES: folder,
})

/** Profiles a process while `work` runs. */
export async function profileWhile(pid: number, folder: string, work: () => Promise<unknown>): Promise<Profile> {
  const file = path.join(folder, `${pid}.json`)
  process.kill(pid, 'SIGUSR2')
  await work()
  process.kill(pid, 'SIGUSR2')
  while (!existsSync(file)) await sleep(LOOK_MS)
  const written = readFileSync(file, 'utf8')
  rmSync(file)
  return profile.parse(JSON.parse(written))
}

/**
 * The share of each part in the time that the process was busy; together 1. A sample belongs to the part that matches the innermost frame
 * of its stack that any part matches, and the first of these parts if several do.
 */
export function sharesOf({ nodes, samples, timeDeltas }: Profile, parts: readonly Part[]): ReadonlyMap<string, number> {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, `${callFrame.url} ${callFrame.functionName}`]))
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map(child => [child, id] as const)))
  const known = new Map<number, string>()
  const partOf = (id: number): string => {
    const found = known.get(id)
    if (found !== undefined) return found
    const own = [idle, ...parts].find(part => part.frames.test(frames.get(id) ?? ''))?.name
    const parent = parents.get(id)
    const name = own ?? (parent === undefined ? OTHER : partOf(parent))
    known.set(id, name)
    return name
  }
  const times = new Map([...parts.map(({ name }) => name), OTHER].map(name => [name, 0]))
  let busy = 0
  for (const [index, id] of samples.entries()) {
    const time = timeDeltas[index] ?? 0
    const name = partOf(id)
    if (name === NOBODY) continue
    busy += time
    times.set(name, (times.get(name) ?? 0) + time)
  }
  return new Map([...times].map(([name, time]) => [name, time / busy]))
}

const NOBODY = 'nobody'
/** The process waits, or begins and ends the profile itself. */
const idle: Part = { name: NOBODY, frames: /^ \(idle\)$|\/profiler\.ts / }
