import type { TenantSettings } from '@ponte/contracts'
import { isLoopback } from './unsafe-settings.ts'

type Addresses = { readonly [System in 'rdStation' | 'totvsCrm']: Pick<TenantSettings[System], 'baseUrl'> }

/**
 * Is the tenant connected to simulated systems only? Both stand on this machine, or at the service `sandbox` of docker-compose.yml. Any
 * other tenant counts as real: what is tried there changes records of a company.
 */
export const isSandbox = ({ rdStation, totvsCrm }: Addresses): boolean =>
  [rdStation, totvsCrm].every(({ baseUrl }) => isSimulated(new URL(baseUrl).hostname))

const isSimulated = (host: string): boolean => host === 'sandbox' || isLoopback(host)
