import type { Ponte } from '@ponte/testbed'
import { CARLA } from './practice.ts'

/** What to open after the demo has ended. */
export function describeNext({ verbose }: { readonly verbose: boolean }): string {
  return `
Next:
  npm run demo -- --stay      keeps everything up, with a board to look at and two failed events to fix
  npm run demo -- --trouble   two companies in trouble, for an operator to help${
    verbose ? '' : '\n  npm run demo -- --verbose   prints every call that the two systems received'
  }
  docs/installing.md          how to connect the real systems (em português: docs/installing.pt-BR.md)
`
}

export interface Running {
  readonly ponte: Ponte
  readonly redisUrl: string
  readonly sandboxUrl: string
}

/** Where everything is while it stays up. The secrets are of this run alone. */
export function describeStay(running: Running): string {
  const { board, tenant } = running.ponte
  return `
Everything stays up until Ctrl+C. Open the board first: it shows the two failed events, why they failed and what to do.
Bruno's needs only a retry. To Carla's add the e-mail: "email": "${CARLA}" beside her name.

  board      ${board?.url}
             user ${board?.user}, password ${board?.password}
  webhooks   ${tenant.rdStationUrl}
             header apiToken: ${tenant.tokens.rdStation}
             ${tenant.totvsCrmUrl}
             header apiToken: ${tenant.tokens.totvsCrm}
${describeAddresses(running)}`
}

/** What is there besides the board, and how to use the command line. */
export function describeAddresses({ ponte, redisUrl, sandboxUrl }: Running): string {
  const { ingressUrl, settings } = ponte
  const assignments = Object.entries(settings).map(([name, value]) => `${name}=${value}`)
  return `  ingress    ${ingressUrl}/docs
  sandbox    ${sandboxUrl}/control/calls (what both systems received)
  Redis      ${redisUrl}

Command line, in another terminal:

  export ${assignments.join(' \\\n         ')}
  ./ponte failures
  ./ponte doctor --url ${ingressUrl}
`
}
