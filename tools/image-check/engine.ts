import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm, rmdir } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { endWithUs } from '@ponte/testbed'
import { run, tryRun } from './command.ts'

/** A Docker to check the image with. */
export interface Engine {
  readonly isOurs: boolean
  /** What the docker command needs in its environment to reach it. */
  readonly env: Readonly<Record<string, string>>
  /** Stands before a command that has to reach the ports that containers publish. */
  readonly enter: readonly string[]
  /** Ends an engine that is ours with all that it runs, and removes what it kept. */
  readonly stop: () => Promise<void>
}

const PACKAGES = 'docker.io docker-cli docker-compose slirp4netns debootstrap'.split(' ')
const TOOLS = 'dockerd docker slirp4netns debootstrap unshare nsenter'.split(' ')
const START_DEADLINE_MS = 60_000

/** The Docker that is there already. */
export async function findEngine(): Promise<Engine | undefined> {
  const there = await tryRun(['docker', 'info'], { timeoutMs: 10_000 })
  const compose = await tryRun(['docker', 'compose', 'version'], { timeoutMs: 10_000 })
  if (there.code !== 0 || compose.code !== 0) return undefined
  return { isOurs: false, env: {}, enter: [], stop: async () => {} }
}

/** Why no engine of our own can be started here; undefined when it can. With `install`, Debian's packages are installed first. */
export async function whyNoEngine({ install }: { install: boolean }): Promise<string | undefined> {
  const how = `as root on Debian: apt-get install ${PACKAGES.join(' ')}, or --install`
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return `no Docker answers here (${how})`
  const missing = await findMissing()
  if (missing.length === 0) return undefined
  if (!install || !existsSync('/etc/debian_version'))
    return `no Docker answers here, and ${missing.join(', ')} is missing (${how})`
  console.log(`        installing ${PACKAGES.join(', ')}`)
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  await tryRun(['apt-get', 'update', '-qq'], { env })
  const { code, output } = await tryRun(['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...PACKAGES], {
    env,
  })
  return code === 0 ? undefined : `the packages of Docker could not be installed: ${output.slice(-2000)}`
}

async function findMissing(): Promise<string[]> {
  const found = await Promise.all(
    TOOLS.map(async tool => (await tryRun(['sh', '-c', `command -v ${tool}`])).code === 0),
  )
  const missing = TOOLS.filter((_, index) => !found[index])
  const hasCompose = missing.includes('docker') || (await tryRun(['docker', 'compose', 'version'])).code === 0
  return hasCompose ? missing : [...missing, 'docker compose']
}

/**
 * A Docker Engine of our own, in name spaces of its own: no process, mount, route, rule or port of it is seen from outside, and all of
 * it ends with its first process. What it builds goes out through slirp4netns, a network in user space.
 */
export async function startEngine(): Promise<Engine> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-docker-'))
  const socket = path.join(folder, 'docker.sock')
  const cgroup = path.basename(folder)
  const env = { DOCKER_HOST: `unix://${socket}`, DOCKER_CONFIG: path.join(folder, 'config'), DOCKER_BUILDKIT: '0' }
  const daemon = [
    'dockerd',
    ...['--data-root', path.join(folder, 'data'), '--exec-root', path.join(folder, 'exec')],
    ...['--pidfile', path.join(folder, 'docker.pid'), '--host', `unix://${socket}`],
    ...['--cgroup-parent', cgroup, '--exec-opt', 'native.cgroupdriver=cgroupfs'],
    // slirp4netns answers there.
    ...['--dns', '10.0.2.3'],
  ]
  // A /run of its own: another containerd there is not found, and no lock of iptables stays.
  const script = 'mount -t tmpfs tmpfs /run && exec "$@"'
  const isolated = 'unshare --net --mount --pid --fork --kill-child --mount-proc sh -ec'.split(' ')
  const engine = startInGroup([...isolated, script, 'sh', ...daemon], folder)
  const network = startInGroup(
    ['slirp4netns', '--configure', '--mtu=65520', '--disable-host-loopback', String(engine.pid), 'tap0'],
    '',
  )
  const stop = async (): Promise<void> => {
    await Promise.all([engine.stop(), network.stop()])
    await rm(folder, { recursive: true, force: true })
    await removeCgroups(cgroup)
  }
  try {
    await untilItAnswers(env, engine)
  } catch (error) {
    await stop()
    throw error
  }
  return { isOurs: true, env, enter: ['nsenter', '--target', String(engine.pid), '--net', '--'], stop }
}

interface RunningGroup {
  readonly pid: number
  readonly output: () => string
  readonly hasEnded: () => boolean
  readonly stop: () => Promise<void>
}

/** A process in a group of its own, so that Ctrl-C is for us first; it ends with us whatever becomes of us. */
function startInGroup([file = '', ...args]: readonly string[], folder: string): RunningGroup {
  const child = spawn(file, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const { pid } = child
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-20_000)))
  const ended = new Promise<void>(resolve => {
    child.once('close', () => resolve())
    child.once('error', error => {
      output += error.message
      resolve()
    })
  })
  if (pid === undefined) throw new Error(`${file} could not be started`)
  const release = endWithUs(-pid, folder)
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null
  return {
    pid,
    output: () => output,
    hasEnded,
    stop: async () => {
      if (!hasEnded()) process.kill(-pid, 'SIGKILL')
      await ended
      release()
    },
  }
}

async function untilItAnswers(env: Readonly<Record<string, string>>, engine: RunningGroup): Promise<void> {
  const deadline = Date.now() + START_DEADLINE_MS
  while (Date.now() < deadline && !engine.hasEnded()) {
    if ((await tryRun(['docker', 'info'], { env, timeoutMs: 5000 })).code === 0) return
    await sleep(200)
  }
  throw new Error(`dockerd did not start:\n${engine.output().slice(-6000)}`)
}

/** What the engine's containers were counted in: empty folders of the kernel, one in each hierarchy. */
async function removeCgroups(name: string): Promise<void> {
  const base = '/sys/fs/cgroup'
  const hierarchies = existsSync(path.join(base, 'cgroup.procs')) ? [''] : await readdir(base)
  for (const hierarchy of hierarchies) await removeEmptyFolders(path.join(base, hierarchy, name))
}

async function removeEmptyFolders(folder: string): Promise<void> {
  if (!existsSync(folder)) return
  for (const entry of await readdir(folder, { withFileTypes: true }))
    if (entry.isDirectory()) await removeEmptyFolders(path.join(folder, entry.name))
  await rmdir(folder)
}

/** What an engine of ours must not leave: its name is in its mounts, folders, cgroups and command lines. */
export async function findLeftovers(engine: Engine): Promise<string[]> {
  const folder = path.dirname((engine.env['DOCKER_HOST'] ?? '').replace('unix://', ''))
  const name = path.basename(folder)
  const processes = await run(['ps', '-eo', 'args'])
  const mounts = await run(['cat', '/proc/self/mountinfo'])
  const cgroups = await run(['find', '/sys/fs/cgroup', '-maxdepth', '2', '-name', `${name}*`])
  const links = await run(['sh', '-c', 'cat /proc/net/dev'])
  return [
    ...processes.split('\n').filter(line => line.includes(name)),
    ...mounts.split('\n').filter(line => line.includes(name)),
    ...cgroups.split('\n').filter(line => line !== ''),
    ...links.split('\n').filter(line => /^\s*(docker0|br-|veth|tap0)/.test(line)),
    ...(existsSync(folder) ? [folder] : []),
  ]
}
