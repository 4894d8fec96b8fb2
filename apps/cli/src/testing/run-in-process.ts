import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { runCli } from '../run-cli.ts'
import type { Io } from '../session.ts'

export interface RunOptions {
  readonly env: NodeJS.ProcessEnv
  readonly stdin?: string
  /** Output goes to a terminal. Default: to a pipe. */
  readonly isTerminal?: boolean
  /** Stdin is a terminal too, where a person answers these questions in this order, each after what happens `meanwhile`. */
  readonly answers?: readonly {
    readonly to: string
    readonly typed: string
    readonly meanwhile?: () => Promise<unknown>
  }[]
  readonly onStderr?: ((text: string) => void) | undefined
  readonly onInterrupt?: Io['onInterrupt'] | undefined
}

/** One command line in this process: what it wrote and how it ended. */
export async function runInProcess(
  argv: readonly string[],
  {
    env,
    stdin = '',
    answers,
    isTerminal = answers !== undefined,
    onStderr,
    onInterrupt = () => () => undefined,
  }: RunOptions,
) {
  const keyboard = Object.assign(new PassThrough(), { isTTY: answers !== undefined })
  if (answers === undefined) keyboard.end(stdin)
  const questions = [...(answers ?? [])]
  let answeredTo = 0
  /** Types the next answer as soon as its question is on the screen. A prompt begins to listen only after it has drawn itself. */
  function answer(screen: string): void {
    // A prompt wraps lines within words.
    const shown = withoutSpace(stripVTControlCharacters(screen))
    const [next] = questions
    const at = next === undefined ? -1 : shown.indexOf(withoutSpace(next.to), answeredTo)
    if (next === undefined || at < 0) return
    questions.shift()
    answeredTo = at + withoutSpace(next.to).length
    const type = () => setImmediate(() => setImmediate(() => keyboard.write(next.typed)))
    if (next.meanwhile === undefined) type()
    else void next.meanwhile().finally(type)
  }
  const stdout = collect({ isTerminal })
  const stderr = collect({
    isTerminal,
    onText(text) {
      answer(text)
      onStderr?.(text)
    },
  })
  const code = await runCli(argv, {
    env,
    stdin: keyboard,
    stdout: stdout.stream,
    stderr: stderr.stream,
    onInterrupt,
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
  // A prompt pipes into it, and a pipe ends every stream but those of the process.
  stream.end = () => stream
  let text = ''
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    onText?.(text)
  })
  // What was written before the end is read at once.
  return { stream, text: () => text + (stream.read() ?? '') }
}

const withoutSpace = (text: string): string => text.replaceAll(/\s+/g, '')
