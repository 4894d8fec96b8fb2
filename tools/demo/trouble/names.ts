/** The two companies of `--trouble`. */
export const troubleNames = { acme: 'acme', nova: 'nova' } as const
