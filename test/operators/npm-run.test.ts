import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { machineEnvironment, repositoryRoot } from '@ponte/testbed'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Company, patience, shareCompany } from '../support/company.ts'
import { exportOf } from '../support/commands/imports.ts'
import { isQuiet } from '../support/jobs.ts'

let company: Company
let folder: string
let file: string
beforeAll(async () => {
  company = await shareCompany('npm-run', { workflows: false })
  folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-npm-'))
  file = path.join(folder, 'leads.csv')
  await writeFile(file, exportOf(3))
})
afterAll(async () => {
  await company.stop()
  await rm(folder, { recursive: true })
})

/** As somebody types it, with the output in a file or a pipe. */
async function type(program: string, ...args: readonly string[]) {
  const child = spawn(program, args, {
    cwd: repositoryRoot,
    env: { ...machineEnvironment(), HOME: folder, ...company.ponte.settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', text => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', text => (stderr += text))
  const code = await new Promise<number | null>(resolve => child.on('close', resolve))
  return { code, stdout, stderr }
}

test('an import whose --dry-run npm kept for itself brings nobody into TOTVS CRM, and says what to write', async () => {
  const { name } = company.ponte.tenant
  const kept = await type('npm', 'run', 'ponte', '--dry-run', '--', 'import', file, '--tenant', name)
  expect(kept.code).toBe(2)
  expect(kept.stderr).toContain(`./ponte import ${file} --tenant ${name} --dry-run\n`)
  const tried = await type('npm', 'run', 'ponte', '--', 'import', file, '--tenant', name, '--dry-run')
  expect(tried.code).toBe(0)
  await expect.poll(() => isQuiet(name, 'totvs-crm'), patience).toBe(true)
  expect(await company.crm.leads()).toEqual([])
  expect(
    (await company.sandbox.calls()).filter(({ system, method }) => system === 'totvs-crm' && method !== 'GET'),
  ).toEqual([])
})

test('what is meant for a program stands alone in the output of ./ponte and of a silent npm, and is refused where npm writes as well', async () => {
  const piped = await type('npm', 'run', 'ponte', '--', 'completion', 'bash')
  expect(piped.code).toBe(2)
  expect(piped.stdout).not.toContain('complete')
  const [direct, silent] = [
    await type('./ponte', 'completion', 'bash'),
    await type('npm', 'run', '--silent', 'ponte', '--', 'completion', 'bash'),
  ]
  expect(direct).toMatchObject({ code: 0, stdout: expect.stringMatching(/^type ponte .*\ncomplete [^\n]+\n$/s) })
  expect(silent).toEqual(direct)
})
