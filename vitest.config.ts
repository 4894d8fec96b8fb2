import { configDefaults, defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { PATIENCE_MS } from './tools/testbed/src/patience.ts'
import { timed } from './scripts/timed.ts'
import { longRunFiles } from './test/long-run-files.ts'

/**
 * What takes longest begins first, so that nothing is left to wait for when all else has ended. The storm and the browser use the
 * processors most, so they are not begun together.
 */
const longest = [
  'storm/storm',
  'restarts/',
  'recovery',
  'way-back',
  'places-agree',
  'leads/import',
  'faults',
  'reload',
  'reconcile',
  'shadow/',
  'redis/',
  'rehearsal/',
  'failure-words',
  'marks/',
  'status-rd/',
  'drift',
  'leads/costs',
  'circuit-breaker',
  'alerts',
  'tenants/',
  'command-line',
  'browser/',
  'demo',
  'tokens',
  'quota',
]

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const isJourney = ['test/', 'tools/storm/'].some(folder =>
        moduleId.startsWith(`${import.meta.dirname}/${folder}`),
      )
      if (!isJourney) return longest.length + 1
      const index = longest.findIndex(part => moduleId.includes(part))
      return index === -1 ? longest.length : index
    }
    return files.toSorted((one, other) => rank(one) - rank(other))
  }
}

export default defineConfig({
  test: {
    // Once for the whole run: a real Redis that every test may use, `inject('redisUrl')`, a sandbox with a world for each that asks,
    // and a Ponte that many journeys share.
    globalSetup: [
      'tools/testbed/src/redis/redis-global-setup.ts',
      'tools/testbed/src/sandbox/shared-sandbox.ts',
      'test/support/shared/shared-ponte.ts',
    ],
    pool: 'forks',
    tags: [timed],
    // Limits for what hangs: a condition that holds is seen at once, however slow the machine. A test waits for several.
    expect: { poll: { timeout: PATIENCE_MS } },
    testTimeout: 5 * PATIENCE_MS,
    hookTimeout: 5 * PATIENCE_MS,
    // The cases of `broken-facts` wait for webhooks, and for nothing else.
    maxConcurrency: 10,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          // One process runs many files and imports what they share once. So none may leave anything behind: mocks end with their
          // file, stubbed environment variables with their test.
          isolate: false,
          unstubEnvs: true,
          setupFiles: ['tools/testbed/src/random-data.ts'],
          include: ['{apps,packages,scripts,tools}/**/*.test.ts'],
          exclude: [...configDefaults.exclude, 'tools/storm/**'],
        },
      },
      {
        extends: true,
        test: {
          name: 'journeys',
          isolate: false,
          setupFiles: ['test/support/close-queues.ts'],
          include: ['{test,tools/storm}/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...(process.env['PONTE_TEST_SHORT'] === 'true' ? longRunFiles : [])],
        },
      },
    ],
  },
})
