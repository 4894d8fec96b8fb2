import { crmEventNames, events } from '@ponte/contracts'
import { freePort } from '../free-port.ts'
import type { Ponte } from '../ponte/ponte.ts'
import { type RunningProcess, startProcess } from '../processes.ts'
import { createSandboxClient, type SandboxClient, type Workflow } from './sandbox-client.ts'

export interface Sandbox extends RunningProcess {
  /** Where it listens, without a path. */
  readonly url: string
  readonly client: SandboxClient
}

/** Both systems, simulated, in a process of their own. */
export async function startSandbox(): Promise<Sandbox> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const env = { SANDBOX_HOST: '127.0.0.1', SANDBOX_PORT: String(port) }
  const running = await startProcess('sandbox', { env, ready: `${url}/healthz` })
  return { ...running, url, client: createSandboxClient(url) }
}

/** The workflows that a customer sets up in TOTVS CRM: one for each event, with its own address. */
export function opportunityWorkflows({ totvsCrmUrl, tokens }: Ponte['tenant']): Workflow[] {
  const headers = { apiToken: tokens.totvsCrm }
  return crmEventNames.map(name => ({
    trigger: events[name].trigger.description,
    url: `${totvsCrmUrl}/${events[name].intent}`,
    headers,
  }))
}
