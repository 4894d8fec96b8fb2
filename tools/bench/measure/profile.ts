import { existsSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { type Part, parts } from './parts.ts'

const LOOK_MS = 20
const PATIENCE_MS = 10_000

/** What V8's profiler writes of a main thread. A sample is the node that was running, and its time has the same index. */
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

/** What no other part is. */
export const REST = 'the rest of Node.js'

const NOBODY = 'nobody'
/** The process waits, or begins and ends the profile itself. Frames without a URL are V8's own. */
const idle: Part = { name: NOBODY, frames: [/^ \(idle\)$/, /\/profiler\.ts /] }

/** What a process needs in its environment to be profiled. */
export const profilerEnvironment = (folder: string): Record<string, string> => ({
  NODE_OPTIONS: `--import ${import.meta.resolve('./profiler.ts')}`,
  BENCH_PROFILES: folder,
})

/** Profiles a process while `work` runs. Throws when the process does not write its profile. */
export async function profileWhile(pid: number, folder: string, work: () => Promise<unknown>): Promise<Profile> {
  const file = path.join(folder, `${pid}.json`)
  process.kill(pid, 'SIGUSR2')
  await work()
  process.kill(pid, 'SIGUSR2')
  const until = performance.now() + PATIENCE_MS
  while (!existsSync(file)) {
    if (performance.now() > until) throw new Error(`process ${pid} has written no profile`)
    await sleep(LOOK_MS)
  }
  const written = readFileSync(file, 'utf8')
  rmSync(file)
  return profile.parse(JSON.parse(written))
}

/**
 * The share of each part in the processor time of the main thread; together 1. A sample belongs to the part that has the innermost frame of its
 * stack that any part has, and the first of these parts if several do.
 */
export function sharesOf({ nodes, samples, timeDeltas }: Profile): ReadonlyMap<string, number> {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, `${callFrame.url} ${callFrame.functionName}`]))
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map(child => [child, id] as const)))
  const known = new Map<number, string>()
  const partOf = (id: number): string => {
    const found = known.get(id)
    if (found !== undefined) return found
    const frame = frames.get(id) ?? ''
    const own = [idle, ...parts].find(part => part.frames.some(pattern => pattern.test(frame)))?.name
    const parent = parents.get(id)
    const name = own ?? (parent === undefined ? REST : partOf(parent))
    known.set(id, name)
    return name
  }
  const times = new Map([...parts.map(({ name }) => name), REST].map(name => [name, 0]))
  let busy = 0
  for (const [index, id] of samples.entries()) {
    const time = timeDeltas[index] ?? 0
    const name = partOf(id)
    if (name === NOBODY) continue
    busy += time
    times.set(name, (times.get(name) ?? 0) + time)
  }
  if (busy === 0) throw new Error('the process was idle')
  return new Map([...times].map(([name, time]) => [name, time / busy]))
}
