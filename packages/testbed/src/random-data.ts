import { configureGlobal } from 'fast-check'

/** `npm test` plays the same random data each time, so that nothing fails by chance. `npm test -- --all` plays more, and new ones each time. */
if (process.env['PONTE_TEST_ALL'] !== 'true') configureGlobal({ seed: 20_261_128 })
