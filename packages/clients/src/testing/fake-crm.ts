import { type CrmFilter, filterOf } from '../totvs-crm/crm-filter.ts'
import type { ObserveRecord } from '../http/call-guard.ts'
import { createCrmSession } from '../totvs-crm/crm-session.ts'
import { createTotvsCrmClient } from '../totvs-crm/totvs-crm.ts'
import { type FakeServer, type Received, type Reply, startFakeServer } from './fake-server.ts'
import { recordingGuard, settingsFor } from './recording-guard.ts'

/** A CRM whose n-th login gives the session `s<n>`. `reply` answers everything else. */
export function startCrm(reply: (request: Received, number: number) => Reply): Promise<FakeServer> {
  let logins = 0
  let calls = 0
  return startFakeServer(request => {
    if (request.path !== '/api/login') return reply(request, (calls += 1))
    logins += 1
    return { headers: { 'set-cookie': `JSESSIONID=s${logins}` }, json: {} }
  })
}

/** Without the logins. */
export const callsOf = ({ received }: FakeServer) => received.filter(({ path }) => path !== '/api/login')

export function connect(
  server: FakeServer,
  overrides: { contextUrlPattern?: string } = {},
  observe: ObserveRecord = () => undefined,
) {
  const settings = { ...settingsFor(server.url).totvsCrm, ...overrides }
  const guard = recordingGuard()
  const session = createCrmSession({ settings, guard })
  return { client: createTotvsCrmClient({ settings, session, guard, observe }), guard, session }
}

export function filter(field: string, value: string): CrmFilter {
  const made = filterOf({ field, op: 'ieq', value })
  if (made === undefined) throw new Error('unsafe')
  return made
}
