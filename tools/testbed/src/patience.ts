/**
 * How long a test waits for a condition, and for a process to be ready or gone. It is a limit for what hangs and none of the product's
 * promises: a machine may be slow.
 */
export const PATIENCE_MS = 120_000
