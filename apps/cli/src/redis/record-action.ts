import os from 'node:os'
import { type AuditEntry, createAudit } from '@ponte/state'
import type { Redis } from 'ioredis'

/** Writes what a command did into the audit trail of the installation, under the name of the system's user. Never personal data. */
export const recordAction = (redis: Redis, entry: Omit<AuditEntry, 'user' | 'outcome'>): Promise<void> =>
  createAudit(redis).write({ ...entry, user: cliUser(), outcome: 'done' })

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
