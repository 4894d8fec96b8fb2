import { spawn } from 'node:child_process'
import path from 'node:path'
import { machineEnvironment, repositoryRoot } from '@ponte/testbed'
import type { Company } from '../company.ts'

/** Starts a command of `ponte` with the settings of a company's own processes. */
export function startCommand(
  { ponte }: { readonly ponte: Pick<Company['ponte'], 'settings'> },
  argv: readonly string[],
) {
  const child = spawn(process.execPath, [path.join(repositoryRoot, 'apps/cli/src/main.ts'), ...argv], {
    cwd: repositoryRoot,
    env: { ...machineEnvironment(), ...ponte.settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', text => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', text => (stderr += text))
  const ended = new Promise<number | null>(resolve => child.on('close', resolve))
  return { child, stderr: () => stderr, ended: ended.then(code => ({ code, stdout, stderr })) }
}
