import os from 'node:os'
import { type AuditEntry, createAudit } from '@ponte/state'
import type { Redis } from 'ioredis'

/** Writes what a command did into the audit trail of the installation, under the name of the system's user. Never personal data. */
export const recordDeed = (redis: Redis, deed: Omit<AuditEntry, 'who' | 'outcome'>): Promise<void> =>
  createAudit(redis).write({ ...deed, who: cliUser(), outcome: 'done' })

/** Who uses the command line, as the audit trail names them. */
export const cliUser = (): string => `cli:${userName()}`

/** A container may run under a number without a name. */
function userName(): string {
  try {
    return os.userInfo().username
  } catch {
    return String(process.getuid?.() ?? '?')
  }
}
