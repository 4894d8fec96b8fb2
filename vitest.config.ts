import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // Once for the whole run: a real Redis that every test may use, `inject('redisUrl')`.
    globalSetup: ['packages/testbed/src/redis/redis-global-setup.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/**/*.test.ts', 'apps/**/*.test.ts', 'scripts/**/*.test.ts'],
          testTimeout: 20_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'journeys',
          include: ['test/**/*.test.ts'],
          // Each journey is a system of processes; more at a time would measure the machine and not Ponte.
          pool: 'forks',
          maxWorkers: 2,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
