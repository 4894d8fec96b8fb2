import { configureGlobal } from 'fast-check'

/** Less than a test may take: what goes on after its test has ended disturbs the tests after it. A busy machine plays less. */
const MAX_MS = 60_000

/** `npm test` plays the same random data each time, so that nothing fails by chance. `npm test -- --all` plays more, and new ones each time. */
configureGlobal({
  interruptAfterTimeLimit: MAX_MS,
  ...(process.env['PONTE_TEST_ALL'] !== 'true' && { seed: 20_261_128 }),
})
