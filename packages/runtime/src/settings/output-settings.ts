import { z } from 'zod'
import { host, port, webAddress } from './fields.ts'

/** Where what a process tells of itself goes: the same for all processes. */

export const operations = {
  OPS_PORT: port
    .default(0)
    .describe(
      'port of `/healthz`, `/readyz` and `/metrics`; 0: any free port, written into the log. In the image 9090',
    ),
  OPS_HOST: host.describe('address that they are served at; in the image all addresses'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('what is written to the log'),
}

export const traces = {
  OTEL_EXPORTER_OTLP_ENDPOINT: webAddress
    .optional()
    .describe('base address of an OTLP/HTTP collector; without it there are no traces'),
}

/** How processes are restarted where `npm start` runs them. */
export const USUAL_RESTART = 'npm start'

export const hints = {
  PONTE_COMMAND: z
    .string()
    .min(1)
    .default('ponte')
    .describe(
      'what the command line is called here, for hints on pages and in messages; `./ponte`, the Compose file and the image set it',
    ),
  PONTE_RESTART: z
    .string()
    .min(1)
    .default(USUAL_RESTART)
    .describe(
      'what restarts processes here with the environment of now, for hints; `{process}` stands for `ingress`, `worker` or `board`; the image and the Helm chart set it',
    ),
}
