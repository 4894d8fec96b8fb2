import { PassThrough, Readable } from 'node:stream'
import { runCli } from '../run-cli.ts'

export interface RunOptions {
  readonly env: NodeJS.ProcessEnv
  readonly stdin?: string
  /** Output goes to a terminal. Default: to a pipe. */
  readonly isTerminal?: boolean
  readonly onStderr?: ((text: string) => void) | undefined
}

/** One command line in this process: what it wrote and how it ended. */
export async function runInProcess(
  argv: readonly string[],
  { env, stdin = '', isTerminal = false, onStderr }: RunOptions,
) {
  const stdout = collect({ isTerminal })
  const stderr = collect({ isTerminal, onText: onStderr })
  const code = await runCli(argv, {
    env,
    stdin: Readable.from([stdin]),
    stdout: stdout.stream,
    stderr: stderr.stream,
    onInterrupt: () => () => undefined,
  })
  return {
    code,
    stdout: stdout.text(),
    stderr: stderr.text(),
    /** The answer of `--json`. */
    data: () => JSON.parse(stdout.text()),
  }
}

function collect({ isTerminal, onText }: { isTerminal: boolean; onText?: RunOptions['onStderr'] }) {
  const stream = Object.assign(new PassThrough(), { isTTY: isTerminal })
  let text = ''
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    onText?.(text)
  })
  // What was written before the end is read at once.
  return { stream, text: () => text + (stream.read() ?? '') }
}
