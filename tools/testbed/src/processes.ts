import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { endWithUs } from './end-with-us.ts'
import { PATIENCE_MS } from './patience.ts'
import { recordOutput } from './record-run.ts'
import { recentOutput } from './recent-output.ts'

export type AppName = 'ingress' | 'worker' | 'board' | 'sandbox'

export interface ProcessOptions {
  /** The whole environment of the process but for `machineEnvironment`: nothing else of ours leaks into it. */
  readonly env: Readonly<Record<string, string>>
  /** Answers 2xx as soon as the process is ready. */
  readonly ready: string
  /** Default: the root of the repository. */
  readonly cwd?: string
  /** Records its output under this name (`record-run.ts`). */
  readonly record?: string
  /** Options of Node.js itself. */
  readonly nodeOptions?: readonly string[]
}

export interface ProcessExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface RunningProcess {
  readonly pid: number
  /** The last of what it wrote to stdout and stderr. */
  readonly output: () => string
  /** Sends a signal to the process and its children and waits until it is gone. */
  readonly kill: (signal?: NodeJS.Signals) => Promise<ProcessExit>
  /** SIGSTOP: its connections stay open and nothing answers. */
  readonly pause: () => void
  readonly resume: () => void
  /** SIGTERM, and waits until it has finished what it does. */
  readonly stop: () => Promise<ProcessExit>
  /** Resolves when it is gone, for whatever reason. */
  readonly exited: Promise<ProcessExit>
}

/** The root of the repository. */
export const repositoryRoot = path.resolve(import.meta.dirname, '../../..')

/** Apps give themselves 30 s and a little. */
const STOP_DEADLINE_MS = 40_000

/** All that a process gets of our own environment: where programs are, and where Node.js keeps compiled code. */
export function machineEnvironment(): Record<string, string> {
  const { PATH = '', NODE_COMPILE_CACHE } = process.env
  return { PATH, ...(NODE_COMPILE_CACHE !== undefined && { NODE_COMPILE_CACHE }) }
}

/** How a worker is started in production (docker-compose.yml): MB of each of the three spaces for young objects (docs/performance.md). */
export const workerNodeOptions = ['--max-semi-space-size=32'] as const

/** Starts one of the apps as in production: the same file, the same Node.js, configured by its environment. */
export const startProcess = (app: AppName, options: ProcessOptions): Promise<RunningProcess> =>
  startScript(path.join(repositoryRoot, app === 'sandbox' ? 'tools' : 'apps', app, 'src', 'main.ts'), {
    ...(app === 'worker' && { nodeOptions: workerNodeOptions }),
    ...options,
    // The sandbox plays the vendors: it may say what it likes.
    ...(app !== 'sandbox' && { record: app }),
  })

/**
 * Runs a script in a process group of its own, which ends with this process. Resolves when `ready` answers; rejects with
 * the script's own words when it ends before that or takes more than 30 s.
 */
export async function startScript(
  script: string,
  { env, ready, cwd = repositoryRoot, record, nodeOptions = [] }: ProcessOptions,
): Promise<RunningProcess> {
  const child = spawn(process.execPath, [...nodeOptions, script], {
    cwd,
    env: { ...machineEnvironment(), ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = recentOutput(child)
  if (record !== undefined) recordOutput(record, child)
  await once(child, 'spawn')
  const { pid } = child
  if (pid === undefined) throw new Error(`${script} has no process id`)
  const release = endWithUs(-pid)
  const exited = new Promise<ProcessExit>(resolve => {
    child.once('close', (code, signal) => {
      release()
      resolve({ code, signal })
    })
  })
  const send = (signal: NodeJS.Signals): void => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-pid, signal)
  }
  const kill = (signal: NodeJS.Signals = 'SIGKILL'): Promise<ProcessExit> => {
    send(signal)
    return exited
  }
  const stop = async (): Promise<ProcessExit> => {
    const deadline = setTimeout(() => send('SIGKILL'), STOP_DEADLINE_MS)
    try {
      send('SIGTERM')
      // One that is paused would not see it.
      send('SIGCONT')
      return await exited
    } finally {
      clearTimeout(deadline)
    }
  }

  try {
    await untilReady(ready, exited)
  } catch (error) {
    await kill()
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`${path.relative(repositoryRoot, script)} did not start: ${reason}\n${output().slice(-8000)}`)
  }
  return { pid, output, kill, stop, exited, pause: () => send('SIGSTOP'), resume: () => send('SIGCONT') }
}

async function untilReady(url: string, exited: Promise<ProcessExit>): Promise<void> {
  const ended = exited.then(({ code, signal }) => `it ended with ${signal ?? `code ${code}`}`)
  const deadline = Date.now() + PATIENCE_MS
  let last = 'nothing'
  while (Date.now() < deadline) {
    const answer = await Promise.race([ended, ask(url)])
    if (typeof answer === 'string') throw new Error(answer)
    if (answer.isReady) return
    last = answer.text
    await Promise.race([ended, sleep(50)])
  }
  throw new Error(`${url} was not ready within ${PATIENCE_MS / 1000} s; the last answer was ${last}`)
}

async function ask(url: string): Promise<{ readonly isReady: boolean; readonly text: string }> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) })
    return { isReady: response.ok, text: `${response.status} ${(await response.text()).slice(0, 500)}` }
  } catch (error) {
    return { isReady: false, text: String(error) }
  }
}
