import { recordNeedle } from '@ponte/testbed'
import { expect } from 'vitest'
import { type Company, newEmail } from '../company.ts'
import { startCommand } from './run-command.ts'

interface Answer {
  readonly id: string
  readonly held: boolean | null
  readonly why?: string
}

/** What `ponte rehearse --json` printed. */
export interface Report {
  readonly ok: boolean
  readonly facts: readonly Answer[]
  readonly stop: { readonly kind: string } | null
  readonly removed: readonly { readonly kind: string; readonly id: string }[]
  readonly left: readonly { readonly kind: string; readonly id: string | null }[]
  readonly others: readonly { readonly kind: string; readonly id: string }[]
  readonly funnelCalls: number
  /** It did not begin. */
  readonly error?: { readonly messages: readonly string[] }
}

/** What a rehearsal needs to know of a company. */
type RehearsedCompany = Pick<Company, 'rd'> & { readonly ponte: Pick<Company['ponte'], 'settings' | 'tenant'> }

/** RD Station tells Ponte of conversions in both formats, and of marks. */
export async function sendWebhooks({ rd, ponte: { tenant } }: RehearsedCompany): Promise<void> {
  const url = `${tenant.rdStationUrl}?token=${tenant.tokens.rdStation}`
  await rd.change({
    webhooks: [
      { url, format: 'v1', trigger: 'conversion' },
      { url, format: 'v2', trigger: 'conversion' },
      { url, format: 'v1', trigger: 'opportunity' },
    ],
  })
}

/** For a rehearsal for which everything comes: a slow machine is no reason to find that something did not. */
export const patiently = ['--patience', '8'] as const

/** Starts `ponte rehearse` of a company in a process of its own. */
export function startRehearsal(
  { ponte }: Pick<RehearsedCompany, 'ponte'>,
  argv: readonly string[],
  email: string = newEmail(),
) {
  recordNeedle('email', email)
  const options = ['--tenant', ponte.tenant.name, '--email', email, '--yes', '--json']
  const { child, ended, stderr } = startCommand({ ponte }, ['rehearse', ...options, ...argv])
  return {
    child,
    email,
    stderr,
    ended: ended.then(({ code }) => code),
    async report(): Promise<Report & { readonly code: number | null }> {
      const { code, stdout, stderr: errors } = await ended
      expect(stdout, errors).not.toBe('')
      // The command declares what it prints.
      const report: Report = JSON.parse(stdout)
      return { code, ...report }
    },
  }
}

export const brokenIn = ({ facts }: Pick<Report, 'facts'>): readonly string[] =>
  facts.filter(({ held }) => held === false).map(({ id }) => id)
