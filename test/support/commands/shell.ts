import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { machineEnvironment, repositoryRoot, sandboxTenant, writeTenantsFile } from '@ponte/testbed'
import { inject } from 'vitest'
import type { Company } from '../company.ts'

/** An operator's shell beside a running company: its tenants file, and the key that its processes have. */
export async function openShell(
  company: Company,
  {
    secretKey,
    redisUrl = inject('redisUrl'),
    ...more
  }: { secretKey: string; redisUrl?: string } & Readonly<Record<string, string>>,
) {
  const { name, tokens } = company.ponte.tenant
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-cli-'))
  const file = await writeTenantsFile(folder, { [name]: sandboxTenant(company.sandbox.baseUrl, tokens) })
  const env = { PONTE_CONFIG: file, PONTE_SECRET_KEY: secretKey, REDIS_URL: redisUrl, ...more }

  return {
    /** `npm run ponte -- …` without npm's own words: in a process, through the door that installs and chooses the Node.js. */
    async ponte(argv: readonly string[], more: Record<string, string> = {}, input = '') {
      const child = spawn(process.execPath, [path.join(repositoryRoot, 'scripts', 'run.mjs'), 'ponte', ...argv], {
        cwd: repositoryRoot,
        env: { ...machineEnvironment(), HOME: process.env.HOME, ...env, ...more },
        stdio: ['pipe', 'pipe', 'pipe'],
      })
      child.stdin.on('error', () => undefined).end(input)
      let stdout = ''
      let stderr = ''
      child.stdout.setEncoding('utf8').on('data', text => (stdout += text))
      child.stderr.setEncoding('utf8').on('data', text => (stderr += text))
      const code = await new Promise<number | null>(resolve => child.on('close', resolve))
      return { code, stdout, stderr }
    },
    close: () => rm(folder, { recursive: true }),
  }
}

export type Shell = Awaited<ReturnType<typeof openShell>>
