import type { JsonObject } from '../json.ts'
import type { RdSettings } from './account.ts'
import { type Contact, type ContactEvent, toBrasiliaTime } from './contact.ts'
import { customFieldsOf } from './contacts.ts'

export interface WebhookEvent {
  readonly type: 'WEBHOOK.CONVERTED' | 'WEBHOOK.MARKED_OPPORTUNITY'
  readonly identifier: string
  /** Milliseconds since 1970. */
  readonly at: number
}

/** The body of API 2 (docs/vendors/rd-station.md#webhook-of-api-2). `timestamp` is the time of this attempt. */
export function webhookV2(
  contact: Contact,
  event: WebhookEvent,
  { relations, now, settings }: { relations: readonly string[]; now: number; settings: RdSettings },
): JsonObject {
  // A webhook shows only these texts, and only non-empty ones.
  const { birthdate: _birthdate, country: _country, ...texts } = contact.texts
  return {
    event_type: event.type,
    entity_type: 'CONTACT',
    event_identifier: event.identifier,
    timestamp: toBrasiliaTime(now),
    event_timestamp: toBrasiliaTime(event.at),
    contact: shown(settings, {
      uuid: contact.uuid,
      ...Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== '')),
      tags: contact.tags,
      ...customFieldsOf(contact),
      legal_bases: contact.legalBases,
      ...(relations.includes('COMPANY') && { company: { name: contact.company } }),
      ...(relations.includes('CONTACT_FUNNEL') && {
        funnel: { name: 'default', ...contact.funnel, origin: 'Busca Paga | Google' },
      }),
    }),
  }
}

const shown = ({ hiddenInWebhooks }: RdSettings, members: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(members).filter(([name]) => !hiddenInWebhooks.includes(name)))

const stages = { Lead: 'Lead', 'Qualified Lead': 'Lead Qualificado', Client: 'Cliente' } as const

/** The body of API 1, as automation flows send it: flags and counts are texts (docs/vendors/rd-station.md#webhook-of-api-1). */
export function webhookV1(contact: Contact, settings: RdSettings): JsonObject {
  const { texts } = contact
  const conversions = contact.events.filter(event => event.event_type === 'CONVERSION')
  const lastMark = contact.events.findLast(event => event.event_type === 'OPPORTUNITY')
  return {
    leads: [
      shown(settings, {
        id: contact.id,
        uuid: contact.uuid,
        email: texts.email ?? null,
        name: texts.name ?? null,
        phone: texts.phone ?? null,
        company: contact.company,
        job_title: texts.job_title ?? null,
        bio: texts.bio ?? null,
        public_url: `http://app.rdstation.com.br${settings.publicUrlPath}${contact.uuid}`,
        created_at: toBrasiliaTime(contact.createdAt),
        opportunity: String(contact.funnel.opportunity),
        number_conversions: String(conversions.length),
        user: contact.funnel.contact_owner_email,
        first_conversion: conversionV1(contact, conversions.slice(0, 1), settings),
        last_conversion: conversionV1(contact, conversions, settings),
        custom_fields: contact.customFields,
        website: texts.website ?? null,
        personal_phone: texts.personal_phone ?? null,
        mobile_phone: texts.mobile_phone ?? null,
        city: texts.city ?? null,
        state: texts.state ?? null,
        tags: contact.tags.length > 0 ? contact.tags : null,
        lead_stage: stages[contact.funnel.lifecycle_stage],
        last_marked_opportunity_date: lastMark ? toBrasiliaTime(lastMark.at) : null,
        fit_score: 'd',
        interest: contact.funnel.interest,
      }),
    ],
  }
}

/** The last of the given conversions, or `{}`. */
function conversionV1(
  contact: Contact,
  conversions: readonly ContactEvent[],
  { conversionPayloadShown }: RdSettings,
): JsonObject {
  const conversion = conversions.at(-1)
  if (!conversion) return {}
  const payload = conversionPayloadShown ? conversion.payload : {}
  const identifier = conversion.event_identifier
  const timestamp = new Date(conversion.at).toISOString()
  return {
    content: {
      identificador: identifier,
      conversion_identifier: identifier,
      event_identifier: identifier,
      event_type: 'CONVERSION',
      event_timestamp: timestamp,
      email_lead: contact.texts.email ?? null,
      phone_lead: contact.texts.phone ?? null,
      Nome: contact.texts.name ?? null,
      Empresa: contact.company,
      Celular: contact.texts.mobile_phone ?? null,
      UF: null,
      conversion_payload: JSON.stringify(payload),
      __cdp__original_event: {
        event_uuid: conversion.event_uuid,
        event_identifier: identifier,
        event_type: 'CONVERSION',
        event_family: 'CDP',
        event_timestamp: timestamp,
        payload,
      },
    },
    created_at: toBrasiliaTime(conversion.at),
    cumulative_sum: String(conversions.length),
    source: identifier,
    conversion_origin: { source: 'Google', medium: 'cpc', value: null, campaign: '(not set)', channel: 'Paid Search' },
  }
}
