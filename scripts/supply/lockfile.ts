import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { runPnpm } from './pnpm.ts'

/** A week, in minutes. */
const LEAST_AGE = 10_080

const workspaceFile = z.object({
  minimumReleaseAge: z.int().optional(),
  minimumReleaseAgeStrict: z.boolean().optional(),
  minimumReleaseAgeExclude: z.array(z.string()).default([]),
})
const lockfile = z.object({
  packages: z.record(z.string(), z.object({ resolution: z.record(z.string(), z.unknown()) })),
})

/** What pnpm says of a lockfile that an install would have to change, or with a version that is younger than `minimumReleaseAge`. */
export async function findFrozenProblems(root: string): Promise<string[]> {
  try {
    await runPnpm(root, ['install', '--frozen-lockfile', '--lockfile-only'])
    return []
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}

/** What is wrong with the age that a version must have before it is taken, and with the exceptions from it. */
export async function findAgeProblems(root: string): Promise<string[]> {
  const { minimumReleaseAge, minimumReleaseAgeStrict, minimumReleaseAgeExclude } = workspaceFile.parse(
    parse(await readFile(path.join(root, 'pnpm-workspace.yaml'), 'utf8')),
  )
  const locked = new Set(Object.keys((await readLockfile(root)).packages))
  return [
    ...((minimumReleaseAge ?? 0) >= LEAST_AGE ? [] : [`minimumReleaseAge must be at least ${LEAST_AGE} minutes`]),
    // Otherwise pnpm adds exceptions by itself.
    ...(minimumReleaseAgeStrict === true ? [] : ['minimumReleaseAgeStrict must be true']),
    ...minimumReleaseAgeExclude.flatMap(exception => {
      if (!/^@?[^@*]+@\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(exception))
        return [`the exception ${exception} is not one version`]
      return locked.has(exception) ? [] : [`the exception ${exception} is for a version that is not used`]
    }),
  ]
}

/** The packages that come from elsewhere than the registry, or whose bytes nothing holds. */
export async function findUnheldPackages(root: string): Promise<string[]> {
  const { packages } = await readLockfile(root)
  return Object.entries(packages).flatMap(([name, { resolution }]) => {
    const { integrity, ...elsewhere } = resolution
    if (typeof integrity !== 'string' || !integrity.startsWith('sha512-')) return [`${name} has no sha512`]
    return Object.keys(elsewhere).length === 0 ? [] : [`${name} does not come from the registry`]
  })
}

async function readLockfile(root: string): Promise<z.output<typeof lockfile>> {
  return lockfile.parse(parse(await readFile(path.join(root, 'pnpm-lock.yaml'), 'utf8')))
}
