import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import path from 'node:path'

/** Runs the pnpm that package.json names, which npm fetches where it is not there yet. Rejects with pnpm's own words when it fails. */
export async function runPnpm(root: string, args: readonly string[]): Promise<string> {
  const { packageManager }: { packageManager: string } = JSON.parse(
    await readFile(path.join(root, 'package.json'), 'utf8'),
  )
  const child = spawn('npm', ['exec', '--yes', '--', packageManager, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', text => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', text => (stderr += text))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`pnpm ${args.join(' ')} ended with ${code}\n${stdout}${stderr}`.trimEnd())
  return stdout
}
