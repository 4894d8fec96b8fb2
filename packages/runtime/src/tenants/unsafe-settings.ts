import { isIP } from 'node:net'
import { z } from 'zod'
import { type ProblemLanguage, problemWords } from '../settings/problem-words.ts'
import type { TenantSettings } from '@ponte/contracts'

/** Below this a token can be guessed by trying. */
const SHORTEST_TOKEN = 20

/** The parts that are checked here. The rest may have mistakes, because all problems are printed at once. */
const tokens = z
  .union([z.string().transform(token => [token]), z.array(z.string())])
  .optional()
  .catch(undefined)
const text = z.string().optional().catch(undefined)
const insecure = z.boolean().optional().catch(undefined)
const tenantOutline = z
  .object({
    webhookTokens: z.object({ rdStation: tokens, totvsCrm: tokens }).optional().catch(undefined),
    rdStation: z.object({ baseUrl: text, tokenUrl: text, insecure }).optional().catch(undefined),
    totvsCrm: z.object({ baseUrl: text, insecure }).optional().catch(undefined),
  })
  .catch({})
type TenantOutline = z.infer<typeof tenantOutline>
const fileOutline = z.object({ tenants: z.record(z.string(), tenantOutline) })

/**
 * Finds what makes a tenants file unsafe although each value has the right form. That is a token that can be guessed or serves twice, or a
 * credential that would cross a network unencrypted. No sentence holds a value.
 */
export function findUnsafeSettings(file: unknown, language: ProblemLanguage): string[] {
  const parsed = fileOutline.safeParse(file)
  if (!parsed.success) return []
  const tenants = Object.entries(parsed.data.tenants)
  return [...tokenProblems(tenants, language), ...tenants.flatMap(tenant => addressProblems(tenant, language))]
}

function tokenProblems(tenants: readonly (readonly [string, TenantOutline])[], language: ProblemLanguage): string[] {
  const words = problemWords[language]
  const owners = new Map<string, string>()
  return tenants.flatMap(([name, { webhookTokens = {} }]) =>
    Object.entries(webhookTokens).flatMap(([source, own = []]) => {
      const place = `tenants.${name}.webhookTokens.${source}`
      const problems = new Set<string>()
      // The schema reports an empty token.
      for (const token of own.filter(candidate => candidate !== '')) {
        if (token.length < SHORTEST_TOKEN) problems.add(`${place}: ${words.tokenShort(SHORTEST_TOKEN)}`)
        const owner = owners.get(token)
        if (owner === undefined) owners.set(token, place)
        else if (owner !== place) problems.add(`${place}: ${words.tokenShared(owner)}`)
      }
      return [...problems]
    }),
  )
}

function addressProblems([name, tenant]: readonly [string, TenantOutline], language: ProblemLanguage): string[] {
  const { rdStation = {}, totvsCrm = {} } = tenant
  const addresses = [
    { system: 'rdStation', setting: 'baseUrl', url: rdStation.baseUrl, isAllowed: rdStation.insecure },
    { system: 'rdStation', setting: 'tokenUrl', url: rdStation.tokenUrl, isAllowed: rdStation.insecure },
    { system: 'totvsCrm', setting: 'baseUrl', url: totvsCrm.baseUrl, isAllowed: totvsCrm.insecure },
  ]
  return addresses
    .filter(({ url, isAllowed }) => isAllowed !== true && url !== undefined && isPlainAndRemote(url))
    .map(({ system, setting }) => `tenants.${name}.${system}.${setting}: ${problemWords[language].plainHttp(system)}`)
}

function isPlainAndRemote(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, hostname } = new URL(url)
  return protocol === 'http:' && !isLoopback(hostname)
}

/** As `URL` writes host names: lower case, IPv4 in four decimal parts, IPv6 in brackets. */
const isLoopback = (host: string): boolean =>
  host === 'localhost' ||
  host.endsWith('.localhost') ||
  host === '[::1]' ||
  (isIP(host) === 4 && host.startsWith('127.'))

type Addresses = { readonly [System in 'rdStation' | 'totvsCrm']: Pick<TenantSettings[System], 'baseUrl'> }

/**
 * Is the tenant connected to simulated systems only? Both stand on this machine, or at the service `sandbox` of docker-compose.yml. Any
 * other tenant counts as real: what is tried there changes records of a company.
 */
export const isSandbox = ({ rdStation, totvsCrm }: Addresses): boolean =>
  [rdStation, totvsCrm].every(({ baseUrl }) => isSimulated(new URL(baseUrl).hostname))

const isSimulated = (host: string): boolean => host === 'sandbox' || isLoopback(host)
