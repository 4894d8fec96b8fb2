import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { promisify } from 'node:util'

export interface RedisBinary {
  readonly source: 'installed' | 'npm'
  readonly file: string
  /** As the binary itself says it, e.g. `8.2.3`. */
  readonly version: string
}

const require = createRequire(import.meta.url)

/** A Redis or Valkey server on the PATH, else the one that an npm package carries. Only those that run and are 6.2 or later. */
export async function findRedisBinary(searchPath = process.env.PATH ?? ''): Promise<RedisBinary | undefined> {
  const installed = searchPath
    .split(path.delimiter)
    .filter(folder => folder !== '')
    .flatMap(folder => ['redis-server', 'valkey-server'].map(name => path.join(folder, name)))
  for (const file of installed.filter(file => existsSync(file))) {
    const version = await readVersion(file)
    if (version !== undefined) return { source: 'installed', file, version }
  }
  const carried = carriedByNpm()
  const version = carried === undefined ? undefined : await readVersion(carried)
  return carried === undefined || version === undefined ? undefined : { source: 'npm', file: carried, version }
}

/** FalkorDB's package holds a plain redis-server beside its module; npm installs it on the systems it was built for. */
function carriedByNpm(): string | undefined {
  try {
    return path.join(path.dirname(require.resolve('@falkordblite/linux-x64/package.json')), 'bin', 'redis-server')
  } catch {
    return undefined
  }
}

/** Undefined when the file does not run here (another libc, missing libraries) or is too old for BullMQ. */
async function readVersion(file: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(file, ['--version'], { timeout: 10_000 })
    const [, version, major, minor] = /\bv=((\d+)\.(\d+)\S*)/.exec(stdout) ?? []
    const isRecent = Number(major) > 6 || (Number(major) === 6 && Number(minor) >= 2)
    return isRecent ? version : undefined
  } catch {
    return undefined
  }
}
