import os from 'node:os'
import { type AuditEntry, createAudit, type RedisClient } from '@ponte/state'

/** Adds what a command did to the audit trail, under the name of the operating system's user. `detail` must hold no personal data. */
export const recordAction = (redis: RedisClient, entry: Omit<AuditEntry, 'user' | 'outcome'>): Promise<void> =>
  createAudit(redis).write({ ...entry, user: cliUser(), outcome: 'done' })

/** The name of the person at the command line in the audit trail. */
export const cliUser = (): string => `cli:${userName()}`

/** In a container the user may have a number and no name. */
function userName(): string {
  try {
    return os.userInfo().username
  } catch {
    return String(process.getuid?.() ?? '?')
  }
}
