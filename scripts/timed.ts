/** The tag of tests that measure a time that Ponte promises. They run alone on a machine: in `npm test -- --all`, or by their file. */
export const timed = { name: 'timed', description: 'measures a time that Ponte promises' } as const
