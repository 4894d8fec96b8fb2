import { existsSync } from 'node:fs'
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { run, repositoryRoot, tryRun } from './command.ts'
import type { Engine } from './engine.ts'

/** The images that both Dockerfiles and docker-compose.yml begin with, by the variables that replace them. */
export interface BaseImages {
  readonly NODE_IMAGE: string
  readonly REDIS_IMAGE: string
  readonly CADDY_IMAGE: string
}

/** The pinned ones, where the registry can be reached; else stand-ins, made of Debian's packages and this machine's Node.js. */
export async function findBaseImages(
  engine: Engine,
  folder: string,
): Promise<{ images: BaseImages; areStandIns: boolean }> {
  const pinned = await readPinned()
  const pulls = Object.values(pinned).map(image =>
    tryRun(['docker', 'pull', '--quiet', image], { env: engine.env, timeoutMs: 120_000 }),
  )
  if ((await Promise.all(pulls)).every(({ code }) => code === 0)) return { images: pinned, areStandIns: false }
  return { images: await makeStandIns(engine, folder), areStandIns: true }
}

async function readPinned(): Promise<BaseImages> {
  const read = async (file: string, pattern: RegExp): Promise<string> => {
    const [, image] = pattern.exec(await readFile(path.join(repositoryRoot, file), 'utf8')) ?? []
    if (image === undefined) throw new Error(`${file} names no base image`)
    return image
  }
  return {
    NODE_IMAGE: await read('Dockerfile', /^ARG NODE_IMAGE=(\S+)$/m),
    REDIS_IMAGE: await read('docker-compose.yml', /\$\{REDIS_IMAGE:-([^}]+)\}/),
    CADDY_IMAGE: await read('ops/caddy/Dockerfile', /^ARG CADDY_IMAGE=(\S+)$/m),
  }
}

/** The official image's entry point, as far as it matters here: it lets other containers in. */
const REDIS_ENTRY = `#!/bin/sh
if [ "$1" = redis-server ]; then shift; set -- redis-server "$@" --protected-mode no; fi
exec "$@"
`

/** One root file system with Redis, Caddy and Node.js, imported once for each. Users and numbers are those of the official images. */
async function makeStandIns(engine: Engine, folder: string): Promise<BaseImages> {
  const root = await mkdtemp(path.join(folder, 'root-'))
  try {
    const include = '--include=redis-server,redis-tools,caddy'
    await run(['debootstrap', '--variant=minbase', include, await readSuite(), root, ...(await readMirror())])
    await run([
      'chroot',
      root,
      'sh',
      '-ec',
      'useradd --uid 1000 --user-group --create-home node; mkdir -p /data; chown 999:1000 /data',
    ])
    await writeFile(path.join(root, 'usr/local/bin/redis-entry'), REDIS_ENTRY, { mode: 0o755 })
    await addNode(root)
    await addCertificates(root)
    const images = {
      NODE_IMAGE: 'ponte-stand-in/node',
      REDIS_IMAGE: 'ponte-stand-in/redis',
      CADDY_IMAGE: 'ponte-stand-in/caddy',
    }
    await importRoot(root, images.NODE_IMAGE, ['CMD ["node"]', `ENV NODE_EXTRA_CA_CERTS=${CERTIFICATES}`], engine)
    await importRoot(root, images.REDIS_IMAGE, ['WORKDIR /data', 'ENTRYPOINT ["redis-entry"]', 'EXPOSE 6379'], engine)
    await importRoot(root, images.CADDY_IMAGE, [], engine)
    return images
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

async function readSuite(): Promise<string> {
  const [, suite] = /^VERSION_CODENAME=(\w+)$/m.exec(await readFile('/etc/os-release', 'utf8')) ?? []
  return suite ?? 'stable'
}

/** Where this machine's apt gets its packages; none: debootstrap's own. */
async function readMirror(): Promise<string[]> {
  const { stdout } = await tryRun(['apt-get', 'indextargets', '--format', '$(SITE)', `Codename: ${await readSuite()}`])
  const mirror = stdout.split('\n').find(line => /^https?:/.test(line))
  return mirror === undefined ? [] : [mirror]
}

/** The Node.js of the repository's own dependencies, and the npm that belongs to it. */
async function addNode(root: string): Promise<void> {
  const carried = path.join(repositoryRoot, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node')
  await copyFile(existsSync(carried) ? carried : process.execPath, path.join(root, 'usr/local/bin/node'))
  await chmod(path.join(root, 'usr/local/bin/node'), 0o755)
  const modules = path.join(root, 'usr/local/lib/node_modules')
  await mkdir(path.join(modules, 'npm'), { recursive: true })
  const packed =
    (await run(['npm', 'pack', '--silent', '--pack-destination', modules, 'npm@11'])).trim().split('\n').at(-1) ?? ''
  const file = path.join(modules, packed)
  await run(['tar', '-xzf', file, '-C', path.join(modules, 'npm'), '--strip-components=1'])
  await rm(file)
  await symlink('../lib/node_modules/npm/bin/npm-cli.js', path.join(root, 'usr/local/bin/npm'))
  const registry = (await run(['npm', 'config', 'get', 'registry'])).trim()
  await mkdir(path.join(root, 'usr/local/etc'), { recursive: true })
  await writeFile(path.join(root, 'usr/local/etc/npmrc'), `registry=${registry}\ncafile=${CERTIFICATES}\n`)
}

const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt'

/** A network may have certificates of its own. What this machine trusts, the build trusts too. */
async function addCertificates(root: string): Promise<void> {
  const named = [process.env['NODE_EXTRA_CA_CERTS'], process.env['SSL_CERT_FILE'], CERTIFICATES]
  const found = named.find(file => file !== undefined && existsSync(file))
  await mkdir(path.join(root, path.dirname(CERTIFICATES)), { recursive: true })
  if (found === undefined) await writeFile(path.join(root, CERTIFICATES), '')
  else await copyFile(found, path.join(root, CERTIFICATES))
}

async function importRoot(root: string, name: string, changes: readonly string[], { env }: Engine): Promise<void> {
  const options = changes.flatMap(change => ['--change', change])
  const script = 'root=$1; shift; tar -C "$root" -c . | docker import "$@"'
  await run(['bash', '-eo', 'pipefail', '-c', script, 'bash', root, ...options, '-', name], { env })
}
