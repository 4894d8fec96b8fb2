import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { Spec, Validation } from '@cyclonedx/cyclonedx-library'
import { z } from 'zod'
import { runPnpm } from './pnpm.ts'

const component = z.object({
  group: z.string().optional(),
  name: z.string(),
  version: z.string(),
  licenses: z
    .array(
      z.union([
        z.object({ expression: z.string() }).transform(({ expression }) => expression),
        z.object({ license: z.object({ id: z.string() }) }).transform(({ license }) => license.id),
        z.object({ license: z.object({ name: z.string() }) }).transform(({ license }) => license.name),
      ]),
    )
    .default([]),
})
const billOfMaterials = z.object({
  components: z.array(
    component.transform(({ group, name, version, licenses }) => ({
      name: group === undefined ? name : `${group}/${name}`,
      version,
      licenses,
    })),
  ),
})

/** A package, as a bill of materials has it. A licence is an expression of SPDX, or whatever its author wrote. */
export interface Component {
  readonly name: string
  readonly version: string
  readonly licenses: readonly string[]
}

/** Writes the bill of materials of the npm packages in the image, in CycloneDX. They must be installed: their licences stand in them. */
export async function writeSbom(root: string, file: string): Promise<void> {
  const apps = (await readApps(root)).flatMap(app => ['--filter-prod', `${app}...`])
  const format = ['--sbom-format', 'cyclonedx', '--sbom-spec-version', '1.7', '--sbom-type', 'application']
  await runPnpm(root, [...apps, 'sbom', ...format, '--prod', '--no-optional', '--out', file])
}

/** Where the text breaks the schema of CycloneDX. */
export async function findSchemaProblems(text: string): Promise<string[]> {
  const problems = await new Validation.JsonStrictValidator(Spec.Version.v1dot7).validate(text)
  if (problems === null) return []
  return z
    .array(z.object({ instancePath: z.string(), message: z.string() }))
    .parse(problems)
    .map(({ instancePath, message }) => `${instancePath} ${message}`)
}

export const readComponents = (text: string): readonly Component[] => billOfMaterials.parse(JSON.parse(text)).components

const manifest = z.object({ name: z.string(), dependencies: z.record(z.string(), z.string()).default({}) })

/** What the apps in the image need, and the bill of materials does not have. */
export async function findMissing(root: string, components: readonly Component[]): Promise<string[]> {
  const there = new Set(components.map(({ name }) => name))
  const needed = (await readApps(root)).map(async app => {
    const folder = app.replace('@ponte/', app === '@ponte/sandbox' ? 'tools/' : 'apps/')
    const text = await readFile(path.join(root, folder, 'package.json'), 'utf8')
    const { dependencies } = manifest.parse(JSON.parse(text))
    return Object.keys(dependencies)
      .filter(name => !there.has(name))
      .map(name => `${name}, which ${app} needs`)
  })
  return (await Promise.all(needed)).flat()
}

/** The apps that the image is made of: the Dockerfile names them. */
async function readApps(root: string): Promise<string[]> {
  const dockerfile = await readFile(path.join(root, 'Dockerfile'), 'utf8')
  return [...dockerfile.matchAll(/--filter-prod '(@ponte\/\w+)\.\.\.'/g)].map(([, app = '']) => app)
}
