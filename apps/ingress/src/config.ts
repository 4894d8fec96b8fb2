import { ingressSettings, readConfiguration } from '@ponte/runtime'

/** The settings of the ingress and its tenants. Rejects with a ConfigurationError that lists every problem. */
export const readConfig = (env: NodeJS.ProcessEnv) =>
  readConfiguration(ingressSettings, env, { uses: ['webhookTokens'] })
