import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'

/** The root of the repository. */
export const repositoryRoot = path.resolve(import.meta.dirname, '../..')

export interface CommandOptions {
  /** Added to the environment of this process; `undefined` takes a name out of it. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly input?: string
  /** Ends the command when it is aborted. */
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs?: number
}

export interface CommandResult {
  readonly code: number
  /** stdout and stderr, as they came. */
  readonly output: string
  readonly stdout: string
}

/** Runs a command in the root of the repository to its end. Never rejects: one that cannot be started has code 127. */
export async function tryRun(command: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const { env = {}, input, signal, timeoutMs = 600_000 } = options
  const [file = '', ...args] = command
  const deadline = AbortSignal.timeout(timeoutMs)
  const child = spawn(file, args, {
    cwd: repositoryRoot,
    env: { ...process.env, ...env },
    signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let stdout = ''
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    output += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  try {
    const [code]: unknown[] = await once(child, 'close')
    return { code: typeof code === 'number' ? code : 1, output, stdout }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { code: 127, output: `${output}${file}: ${reason}`, stdout }
  }
}

/** The same, and rejects with the command's own words when it fails. */
export async function run(command: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { code, output, stdout } = await tryRun(command, options)
  if (code !== 0) throw new Error(`${command.slice(0, 4).join(' ')} … ended with ${code}\n${output.slice(-6000)}`)
  return stdout
}
