// Installs the dependencies when they are missing or not those of pnpm-lock.yaml. Plain JavaScript for Node.js 20 and later.
import { spawn } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** The holder of the lock touches it this often; a lock left alone for `STALE_MS` is of a process that is gone. */
const TOUCH_MS = 500
const STALE_MS = 5000

/** Rejects with a message for the user when the dependencies cannot be installed. */
export async function install(root) {
  if (await isInstalled(root)) return
  await withLock(root, async () => {
    if (await isInstalled(root)) return
    process.stderr.write('Installing dependencies (the first time takes about a minute)...\n')
    await runPnpm(root)
    await writeFile(stampFile(root), await stamp(root))
  })
}

const stampFile = root => path.join(root, 'node_modules', '.ponte-installed')

/** The lockfile, and the system whose binaries were chosen: a folder may be shared with a container. */
async function stamp(root) {
  const lockfile = await readFile(path.join(root, 'pnpm-lock.yaml'))
  return `${createHash('sha256').update(lockfile).digest('hex')} ${process.platform}-${process.arch}\n`
}

async function isInstalled(root) {
  const stamped = existsSync(stampFile(root)) && (await readFile(stampFile(root), 'utf8')) === (await stamp(root))
  return stamped || (await isInstalledByHand(root))
}

/**
 * Somebody may have called pnpm. Installing once more would change nothing, and make every first command wait for the registry, or
 * fail without one. pnpm keeps the lockfile that it installed, and the packages of other systems that it left out.
 */
async function isInstalledByHand(root) {
  const modules = path.join(root, 'node_modules')
  try {
    const wanted = await readFile(path.join(root, 'pnpm-lock.yaml'), 'utf8')
    if ((await readFile(path.join(modules, '.pnpm', 'lock.yaml'), 'utf8')) !== wanted) return false
    const { skipped } = JSON.parse(await readFile(path.join(modules, '.modules.yaml'), 'utf8'))
    return !skipped.some(name => name.includes(`${process.platform}-${process.arch}@`))
  } catch {
    return false
  }
}

/** pnpm is not needed on the machine: npm fetches the version that package.json names. */
async function runPnpm(root) {
  const { packageManager } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'))
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const args = [
    'exec',
    '--yes',
    '--',
    packageManager,
    'install',
    '--frozen-lockfile',
    '--config.confirmModulesPurge=false',
  ]
  const child = spawn(npm, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', text => (output += text))
  const code = await new Promise((resolve, reject) => {
    child.on('error', error => reject(new Error(`npm could not be started: ${error.message}`)))
    child.on('close', resolve)
  })
  if (code !== 0) throw new Error(`${output}\nThe dependencies could not be installed (npm ${args.join(' ')}).`)
}

/**
 * One install at a time in one checkout. The lock lies outside of it, since pnpm may replace node_modules as a whole. It is made by
 * hand because Node.js 20 has no lock that the system releases when its holder is killed, and macOS has no `flock`.
 */
async function withLock(root, work) {
  const name = createHash('sha256').update(root).digest('hex').slice(0, 16)
  const lock = path.join(os.tmpdir(), `ponte-install-${name}.lock`)
  let hasSaidSo = false
  while (!(await take(lock))) {
    if (await isStale(lock)) await discard(lock)
    else {
      if (!hasSaidSo) process.stderr.write('Another command is installing the dependencies; waiting for it...\n')
      hasSaidSo = true
      await sleep(200)
    }
  }
  const touching = setInterval(() => utimes(lock, new Date(), new Date()).catch(() => {}), TOUCH_MS)
  try {
    await work()
  } finally {
    clearInterval(touching)
    await rm(lock, { recursive: true, force: true })
  }
}

/** Making a folder either succeeds or says that it exists: no two processes get it. */
async function take(lock) {
  try {
    await mkdir(lock)
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw new Error(`The lock ${lock} could not be made: ${error.message}`)
  }
}

const isStale = async lock => {
  const found = await stat(lock).catch(() => undefined)
  return found !== undefined && Date.now() - found.mtimeMs > STALE_MS
}

/** Of several processes that find the lock stale, the one whose rename succeeds removes it; a lock taken meanwhile is put back. */
async function discard(lock) {
  const aside = `${lock}.${randomUUID()}`
  try {
    await rename(lock, aside)
  } catch (error) {
    if (error.code === 'ENOENT') return
    throw new Error(`The lock ${lock} is of a process that is gone and could not be removed: ${error.message}`)
  }
  if (await isStale(aside)) await rm(aside, { recursive: true, force: true })
  else await rename(aside, lock)
}
