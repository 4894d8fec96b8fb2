import type { TenantAccess, World } from '@ponte/testbed'
import { newEmail, sendUntilAccepted } from './company.ts'

/** RD Station delivers a new person to a tenant, once. */
export function deliverLead({ rdStationUrl, tokens }: TenantAccess): Promise<Response> {
  const conversion = { created_at: new Date().toISOString(), content: { identificador: 'formulário' } }
  const lead = { uuid: crypto.randomUUID(), email: newEmail(), name: 'Lead', last_conversion: conversion }
  const headers = { 'content-type': 'application/json', apiToken: tokens.rdStation }
  return fetch(rdStationUrl, { method: 'POST', headers, body: JSON.stringify({ leads: [lead] }) })
}

/** The same until it is accepted, as RD Station does. */
export const sendLead = (tenant: TenantAccess): Promise<Response> => sendUntilAccepted(() => deliverLead(tenant))

/** Of the account of TOTVS CRM. */
export const countLeads = async ({ client }: World, account: 'demo' | 'other'): Promise<number> =>
  (await client.crm(account).state()).leads.length
