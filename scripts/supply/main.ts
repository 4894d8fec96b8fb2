/**
 * What Ponte is made of, and whether we may ship it: `npm run supply-check`. With `-- --sbom FILE` the bill of materials stays there. It
 * asks the registry, for the ages of versions, unless pnpm has checked this lockfile before. The last line counts each check as one.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { findLicenceProblems } from './licences.ts'
import { findAgeProblems, findFrozenProblems, findUnheldPackages } from './lockfile.ts'
import { findUnpinned } from './pins.ts'
import { findMissing, findSchemaProblems, readComponents, writeSbom } from './sbom.ts'

const root = path.resolve(import.meta.dirname, '../..')
const { values } = parseArgs({ options: { sbom: { type: 'string' } } })
const folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-supply-'))
const file = values.sbom === undefined ? path.join(folder, 'sbom.json') : path.resolve(values.sbom)
const count = { passed: 0, failed: 0 }

await check('pnpm-lock.yaml is what the manifests ask for, and no version in it is too young', () =>
  findFrozenProblems(root),
)
await check('versions must have an age, and exceptions are single versions', () => findAgeProblems(root))
await check('each package comes from the registry, with its sha512', () => findUnheldPackages(root))
await check('images and actions of CI are named by their digest', () => findUnpinned(root))
const isWritten = await check('the bill of materials is CycloneDX, and has what the image starts', async () => {
  await writeSbom(root, file)
  const text = await readFile(file, 'utf8')
  return [...(await findSchemaProblems(text)), ...(await findMissing(root, readComponents(text)))]
})
if (isWritten)
  await check('the licence of each package in it is allowed', async () =>
    findLicenceProblems(readComponents(await readFile(file, 'utf8'))),
  )
await rm(folder, { recursive: true, force: true })

console.log(`\n${count.passed} passed, ${count.failed} failed`)
process.exitCode = count.failed > 0 ? 1 : 0

async function check(title: string, find: () => Promise<readonly string[]>): Promise<boolean> {
  const problems = await find().catch((error: unknown) => [error instanceof Error ? error.message : String(error)])
  const passed = problems.length === 0
  count[passed ? 'passed' : 'failed'] += 1
  console.log([`${passed ? 'ok     ' : 'FAILED '} ${title}`, ...problems].join('\n'))
  return passed
}
