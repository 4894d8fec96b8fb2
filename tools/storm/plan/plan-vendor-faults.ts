import type { FaultOrder, SandboxSystem } from '@ponte/testbed'
import type { Random } from './random.ts'

export type VendorFault =
  /** What nobody meets within this time is taken back: faults that pile up would be an outage. */
  | { readonly atMs: number; readonly kind: 'fault'; readonly order: FaultOrder; readonly forMs: number }
  /** Every access token and every session is refused from now on. */
  | { readonly atMs: number; readonly kind: 'expiry' }
  /** RD Station delivers the contacts that become opportunities in the meantime: all of them were marked by Ponte. */
  | {
      readonly atMs: number
      readonly kind: 'echoes'
      readonly formats: readonly ('v1' | 'v2')[]
      readonly forMs: number
    }
  /** TOTVS CRM takes what is written into custom fields, and shows none of it. */
  | { readonly atMs: number; readonly kind: 'hidden-fields'; readonly forMs: number }
  /** Every session of TOTVS CRM ends, and each login is refused for a while, as after somebody changed the password. */
  | { readonly atMs: number; readonly kind: 'refused-login'; readonly forMs: number }

const systems: readonly SandboxSystem[] = ['rd-station', 'totvs-crm']

const kinds = {
  'server-error': 4,
  unavailable: 3,
  page: 3,
  throttle: 1,
  latency: 4,
  'drop-before': 4,
  'drop-after': 6,
  'wrong-content-type': 1,
} as const

export function planVendorFaults(random: Random, lengthMs: number): VendorFault[] {
  const steps: VendorFault[] = []
  for (let atMs = 500; atMs < lengthMs; atMs += random.between(20, 160)) {
    const order = createFault(random, random.pick(systems))
    steps.push({ atMs, kind: 'fault', order, forMs: random.between(20, 150) })
  }
  for (const system of systems) {
    for (let atMs = random.between(6000, 20_000); atMs < lengthMs; atMs += random.between(18_000, 30_000)) {
      const kind = random.pick(['drop-before', 'html'] as const)
      const order: FaultOrder = { system, kind, times: 'forever' }
      steps.push({ atMs, kind: 'fault', order, forMs: random.between(800, 2500) })
    }
  }
  for (let atMs = random.between(5000, 15_000); atMs < lengthMs; atMs += random.between(8000, 16_000)) {
    steps.push({ atMs, kind: 'expiry' })
  }
  for (let atMs = random.between(3000, 9000); atMs < lengthMs; atMs += random.between(9000, 16_000)) {
    steps.push({ atMs, kind: 'hidden-fields', forMs: random.between(2000, 5000) })
  }
  for (let atMs = random.between(3000, 10_000); atMs < lengthMs; atMs += random.between(10_000, 18_000)) {
    steps.push({ atMs, kind: 'refused-login', forMs: random.between(1500, 5000) })
  }
  const echoes = [['v1'], ['v2'], ['v1', 'v2']] as const
  for (let atMs = random.between(1000, 4000); atMs < lengthMs; atMs += random.between(2000, 5000)) {
    const forMs = random.between(3000, 7000)
    steps.push({ atMs, kind: 'echoes', formats: random.pick(echoes), forMs })
    atMs += forMs
  }
  return steps.toSorted((one, other) => one.atMs - other.atMs)
}

/** Met by a few calls: by any, or by those that write, where a lost answer hurts. */
function createFault(random: Random, system: SandboxSystem): FaultOrder {
  const write = system === 'rd-station' ? { path: '/platform/events', method: 'POST' } : { method: 'POST' }
  const fault = {
    system,
    ...(random.percent(60) && { match: write }),
    times: random.percent(90) ? 1 : 2,
  }
  const kind = random.weighted(kinds)
  switch (kind) {
    case 'server-error':
      return { ...fault, kind: 'status', status: 500 }
    case 'unavailable':
      return { ...fault, kind: 'status', status: 503 }
    case 'page':
      return { ...fault, kind: 'html' }
    case 'throttle':
      return { ...fault, kind: 'status', status: 429, headers: { 'retry-after': '1' }, times: 1 }
    case 'latency':
      return { ...fault, kind: 'latency', delayMs: random.between(50, 900) }
    case 'drop-before':
    case 'drop-after':
    case 'wrong-content-type':
      return { ...fault, kind }
  }
}
