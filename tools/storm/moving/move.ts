import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import {
  type Call,
  machineEnvironment,
  opportunityWorkflows,
  type Ponte,
  repositoryRoot,
  type SandboxClient,
  type TenantOverrides,
} from '@ponte/testbed'
import type { Package } from './package.ts'

/** The tenant, apart from its mode: pauses that a test can wait for. */
export const movingTenant: TenantOverrides = {
  rdStation: { minContactAgeSeconds: 0, callsPerMinute: 6000 },
  retry: { attempts: 60, firstDelaySeconds: 0.3, maxDelaySeconds: 1.5 },
  circuitBreaker: { failureThreshold: 5, probeSeconds: 0.3, maxProbeSeconds: 1 },
  statusRd: { rounds: 3, pauseSeconds: 0.5 },
}

/** Both systems repeat a delivery for longer than an outage lasts on a busy machine: pauses grow by 300 ms each. */
const patient = { webhookPauseMs: 300, webhookRepeats: 30 }

/** Whom the customer has both systems call. */
export async function setWebhooks(
  sandbox: SandboxClient,
  { old, tenant }: { readonly old?: Package; readonly tenant?: Ponte['tenant'] },
): Promise<void> {
  const url = tenant && `${tenant.rdStationUrl}?token=${tenant.tokens.rdStation}`
  await sandbox.rd().change({
    webhooks: [
      ...(old === undefined ? [] : [old.webhook]),
      ...(url === undefined ? [] : [{ url, format: 'v1', trigger: 'conversion' } as const]),
    ],
    settings: {
      ...{ contactsPerMinute: 6000, eventsPerMinute: 6000, ...patient },
      ...{ funnelCallsPerContactPerDay: 10_000, eventsPerContactPerDay: 10_000 },
    },
  })
  await sandbox.crm().change({
    workflows: [...(old?.workflows ?? []), ...(tenant === undefined ? [] : opportunityWorkflows(tenant))],
    settings: patient,
  })
}

/** Writes another mode into the tenants file. Whoever starts from now on reads it. */
export async function writeMode({ settings, tenant }: Ponte, mode: 'shadow' | 'live'): Promise<void> {
  const file: { tenants: Record<string, object> } = JSON.parse(await readFile(settings.PONTE_CONFIG, 'utf8'))
  const tenants = { ...file.tenants, [tenant.name]: { ...file.tenants[tenant.name], mode } }
  await writeFile(settings.PONTE_CONFIG, JSON.stringify({ ...file, tenants }), { mode: 0o600 })
}

/** Calls that would change something; a login and a token change nothing that a customer sees. */
export const writesOf = (calls: readonly Call[]): readonly string[] =>
  calls
    .filter(({ method, path: called }) => method !== 'GET' && !/\/login$|\/auth\/token$/.test(called))
    .map(({ method, path: called, integration }) => [method, called, integration.action].join(' '))

/** What a command printed with `--json`. */
export interface Answer<Report> {
  readonly code: number | null
  readonly report: Report
  readonly errors: string
}

/** Runs `ponte … --json` in a process of its own, whose clock is ahead by as much as is said. */
export async function runPonte<Report>(
  { settings, tenant }: Ponte,
  [command = '', ...options]: readonly string[],
  { aheadMs = 0 }: { readonly aheadMs?: number } = {},
): Promise<Answer<Report>> {
  const main = path.join(repositoryRoot, 'apps/cli/src/main.ts')
  const argv = [...clockAhead(aheadMs), main, command, '--tenant', tenant.name, '--json', ...options]
  const child = spawn(process.execPath, argv, {
    cwd: repositoryRoot,
    env: { ...machineEnvironment(), ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', text => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', text => (stderr += text))
  const code = await new Promise<number | null>(resolve => child.on('close', resolve))
  if (stdout === '') throw new Error(`ponte ${command} printed nothing and ended with ${code}: ${stderr}`)
  // The command declares what it prints.
  const report: Report = JSON.parse(stdout)
  return { code, report, errors: stderr }
}

function clockAhead(ms: number): readonly string[] {
  if (ms === 0) return []
  const script = `
    const Real = Date
    const now = () => Real.now() + ${ms}
    globalThis.Date = class extends Real {
      constructor(...given) { given.length === 0 ? super(now()) : super(...given) }
      static now() { return now() }
    }`
  return ['--import', `data:text/javascript,${encodeURIComponent(script)}`]
}
