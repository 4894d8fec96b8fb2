import { explainStartError } from './explain-start-error.ts'

/** Starts a process. If that fails it prints why, with every problem of the configuration, and exits with code 1. */
export async function runMain(start: (env: NodeJS.ProcessEnv) => Promise<void>): Promise<void> {
  try {
    await start(process.env)
  } catch (error) {
    process.stderr.write(`${explainStartError(error)}\n`)
    process.exit(1)
  }
}
