import { PassThrough, Readable } from 'node:stream'
import { runCli } from '../run-cli.ts'

/** One command line in this process: what it wrote and how it ended. */
export async function runInProcess(
  argv: readonly string[],
  { env, stdin = '', onStderr }: { env: NodeJS.ProcessEnv; stdin?: string; onStderr?: (text: string) => void },
) {
  const stdout = collect()
  const stderr = collect(onStderr)
  const code = await runCli(argv, { env, stdin: Readable.from([stdin]), stdout: stdout.stream, stderr: stderr.stream })
  return {
    code,
    stdout: stdout.text(),
    stderr: stderr.text(),
    /** Of `--json`. */
    data: () => JSON.parse(stdout.text()),
  }
}

function collect(onText?: (text: string) => void) {
  const stream = new PassThrough()
  let text = ''
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    onText?.(text)
  })
  // What was written before the end is read at once.
  return { stream, text: () => text + (stream.read() ?? '') }
}
