import { randomUUID } from 'node:crypto'
import { KNOWN } from '../systems/records.ts'

/** A person's conversion, as RD Station's API 1 delivers it. */
function leadBody(uuid: string): string {
  const at = new Date().toISOString()
  const conversion = {
    content: { conversion_identifier: 'orçamento', event_type: 'CONVERSION', event_timestamp: at, UF: 'SC' },
    created_at: at,
    source: 'orçamento',
    conversion_origin: { source: 'Google', medium: 'cpc', campaign: '(not set)', channel: 'Paid Search' },
  }
  const lead = {
    uuid,
    email: `${uuid}@cliente.example`,
    name: 'Maria da Silva',
    company: 'Empresa Ltda',
    job_title: 'Diretora',
    created_at: at,
    opportunity: 'false',
    number_conversions: '1',
    first_conversion: conversion,
    last_conversion: conversion,
    custom_fields: { 'Tamanho da empresa': '10 a 49', Interesse: 'Produto' },
    mobile_phone: '+55 48 99999-0000',
    city: 'Joinville',
    state: 'SC',
    tags: ['orçamento', 'site'],
    lead_stage: 'Lead',
  }
  return JSON.stringify({ leads: [lead] })
}

export const newLeadBodies = (count: number): string[] => Array.from({ length: count }, () => leadBody(randomUUID()))

/** New conversions of people who are known to TOTVS CRM: the same people each time. */
export const knownLeadBodies = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => leadBody(`${KNOWN}0000-4000-8000-${String(index).padStart(12, '0')}`))

/** What a workflow of TOTVS CRM sends about an opportunity. */
export const crmEventBody = (opportunityId: string): string =>
  JSON.stringify({
    eventId: randomUUID(),
    source: { object: { contextUrl: '/api/v11/opportunity/opportunities' }, row: { id: opportunityId } },
  })
