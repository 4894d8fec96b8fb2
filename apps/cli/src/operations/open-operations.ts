import type { Session } from '../session.ts'
import { readApiSettings } from '../settings/read-settings.ts'
import { operationsOfApi } from './api-operations.ts'
import type { Operations, OperationsOptions } from './operations.ts'
import { operationsOfRedis } from './redis-operations.ts'

/** At Redis, unless `--api` or PONTE_API_URL names a board. */
export async function openOperations(options: OperationsOptions, session: Session): Promise<Operations> {
  const api = readApiSettings(options.api, session)
  return api === undefined ? await operationsOfRedis(options, session) : operationsOfApi(api, options, session)
}
