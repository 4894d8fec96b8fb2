import { randomUUID } from 'node:crypto'
import type { RegisteredLead } from '@ponte/contracts'
import { enqueueEvent, quarantineDelivery } from '@ponte/runtime'
import type { SetUpTenant } from './use-cli-set-up.ts'

/** The person whom the tests erase. */
export const email = 'ana.souza+rd@cliente.example'
export const phone = '+55 (34) 99000-0001'
export const uuid = '5408c5a3-4711-4f2e-8d0b-13407a3e30f3'
export const receivedAt = '2026-03-05T15:28:36.110Z'

export const lead = (values: Partial<RegisteredLead>): RegisteredLead => ({ ...values })

/** Enqueues a lead as the ingress does. */
export const register = ({ queues, tenant }: SetUpTenant, values: Partial<RegisteredLead>) =>
  enqueueEvent(queues, tenant, { name: 'lead.registered', key: randomUUID(), lead: lead(values) }, { receivedAt })

/** Puts a body into quarantine as the ingress does. */
export const quarantine = (
  { queues, tenant }: SetUpTenant,
  body: string,
  { encoding = 'utf8', form = false }: { encoding?: 'utf8' | 'base64'; form?: boolean } = {},
) => quarantineDelivery(queues, tenant, { v: 1, receivedAt, source: 'rd-station', body, encoding, form })

/** Runs `erase` for the person, whose address is typed in capital letters. */
export const erase = ({ run }: SetUpTenant, ...more: string[]) =>
  run(['erase', '--yes', '--email', email.toUpperCase(), '--json', ...more])
