import { clearLine, cursorTo } from 'node:readline'

export interface ProgressLine {
  /** A whole step is done: replaces the line on a terminal, adds one to a file or a pipe. */
  readonly show: (line: string) => void
  /** Something between two steps, possibly often: only on a terminal. */
  readonly showBriefly: (line: string) => void
  /** Removes the line from the terminal. Call it before anything else is written there. */
  readonly clear: () => void
}

export type ProgressStream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number }

const DEFAULT_COLUMNS = 80

/** One line on stderr that says how far a command is. */
export function createProgressLine(stream: ProgressStream, env: NodeJS.ProcessEnv): ProgressLine {
  if (stream.isTTY !== true || env['TERM'] === 'dumb')
    return { show: line => stream.write(`${line}\n`), showBriefly: () => undefined, clear: () => undefined }

  let isShown = false
  const clear = (): void => {
    if (!isShown) return
    cursorTo(stream, 0)
    clearLine(stream, 1)
    isShown = false
  }
  const show = (line: string): void => {
    clear()
    // A line that wraps could not be removed again.
    stream.write(line.slice(0, (stream.columns ?? DEFAULT_COLUMNS) - 1))
    isShown = true
  }
  return { show, showBriefly: show, clear }
}
