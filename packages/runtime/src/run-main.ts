import { ConfigurationError } from './configuration-error.ts'

/** Runs a process's wiring. A configuration that cannot be used prints every problem and ends with exit code 1. */
export async function runMain(start: (env: NodeJS.ProcessEnv) => Promise<void>): Promise<void> {
  try {
    await start(process.env)
  } catch (error) {
    const text =
      error instanceof ConfigurationError ? error.message : error instanceof Error ? error.stack : String(error)
    process.stderr.write(`${text}\n`)
    process.exit(1)
  }
}
