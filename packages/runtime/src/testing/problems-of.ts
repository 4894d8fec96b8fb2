import { ConfigurationError } from '../settings/configuration-error.ts'

/** The problems for which a configuration is refused. Throws when it is accepted, or refused with another error. */
export function problemsOf(work: () => unknown): readonly string[] {
  try {
    work()
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems
    throw error
  }
  throw new Error('the configuration was accepted')
}
