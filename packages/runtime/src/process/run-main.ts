import { explainStartError } from './explain-start-error.ts'

/** Runs a process's wiring. One that cannot start prints why, of a configuration every problem, and ends with exit code 1. */
export async function runMain(start: (env: NodeJS.ProcessEnv) => Promise<void>): Promise<void> {
  try {
    await start(process.env)
  } catch (error) {
    process.stderr.write(`${explainStartError(error)}\n`)
    process.exit(1)
  }
}
