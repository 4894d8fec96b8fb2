import { type Conversion, emailAt, identifierOf, type Person, valuesOf } from './people.ts'

/** What a part of a delivery is, and so what must become of it. */
export type Content =
  | { readonly kind: 'conversion'; readonly person: number; readonly version: number }
  /** Must be quarantined. `marker` stands in the body and in no other. */
  | { readonly kind: 'unreadable'; readonly marker: string }

export interface Body {
  readonly bytes: Buffer
  readonly contents: readonly Content[]
}

/** One conversion as RD Station sends it. The same bytes each time. */
export const conversionBody = (person: Person, conversion: Conversion): Body => ({
  bytes: toBytes(
    conversion.format === 'v1' ? { leads: [leadOf(person, conversion)] } : contactEvent(person, conversion),
  ),
  contents: [contentOf(person, conversion)],
})

/** Two people in one body, and between them something that is no lead. */
export const mixedBody = (
  one: { person: Person; conversion: Conversion },
  other: { person: Person; conversion: Conversion },
  marker: string,
): Body => ({
  bytes: toBytes({
    leads: [leadOf(one.person, one.conversion), { observacao: marker }, leadOf(other.person, other.conversion)],
  }),
  contents: [
    contentOf(one.person, one.conversion),
    { kind: 'unreadable', marker },
    contentOf(other.person, other.conversion),
  ],
})

const contentOf = ({ number }: Person, { version }: Conversion): Content => ({
  kind: 'conversion',
  person: number,
  version,
})

/** API 1.x, as automation flows send it. */
function leadOf(person: Person, conversion: Conversion): Readonly<Record<string, unknown>> {
  const { name, city, jobTitle } = valuesOf(person, conversion)
  const identifier = identifierOf(conversion.version)
  return {
    id: String(1_000_000 + person.number),
    ...(conversion.withUuid && { uuid: person.uuid }),
    email: emailAt(person, conversion.version) ?? null,
    mobile_phone: person.phone ?? null,
    name,
    city,
    job_title: jobTitle,
    company: null,
    opportunity: 'false',
    number_conversions: String(conversion.version),
    tags: null,
    custom_fields: {},
    last_conversion: {
      content: {
        identificador: identifier,
        event_type: 'CONVERSION',
        __cdp__original_event: {
          event_uuid: conversion.eventUuid,
          event_identifier: identifier,
          event_type: 'CONVERSION',
          event_timestamp: conversion.at,
        },
      },
      created_at: conversion.at,
      cumulative_sum: String(conversion.version),
      source: identifier,
    },
  }
}

/** API 2.0. */
function contactEvent(person: Person, conversion: Conversion): Readonly<Record<string, unknown>> {
  const { name, city, jobTitle } = valuesOf(person, conversion)
  return {
    event_type: 'WEBHOOK.CONVERTED',
    entity_type: 'CONTACT',
    event_identifier: identifierOf(conversion.version),
    timestamp: conversion.at,
    event_timestamp: conversion.at,
    contact: {
      uuid: person.uuid,
      ...(person.email !== undefined && { email: emailAt(person, conversion.version) }),
      ...(person.phone !== undefined && { mobile_phone: person.phone }),
      name,
      city,
      job_title: jobTitle,
      tags: [],
      funnel: { name: 'default', lifecycle_stage: 'Lead', opportunity: false, contact_owner_email: null },
    },
  }
}

const toBytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))

/** Bodies that nobody could read, and that must be kept all the same. */
const unreadable: readonly ((marker: string) => string | Buffer)[] = [
  marker => `{"leads":[{"uuid":"${marker}"`,
  marker => marker,
  marker => `<html>${marker}</html>`,
  marker => Buffer.concat([Buffer.from(`{"leads":[{"name":"${marker}`), Buffer.from([0xc3, 0x28, 0xff, 0xfe])]),
  marker => JSON.stringify({ leads: [{ uuid: marker, email: 'sem arroba', mobile_phone: '123' }] }),
  marker => JSON.stringify({ leads: [marker] }),
  marker => JSON.stringify({ leads: [[[[marker]]]] }),
  marker => JSON.stringify({ leads: 17, note: marker }),
  marker => JSON.stringify({ event_type: 'WEBHOOK.CONVERTED', contact: [marker] }),
  marker => JSON.stringify({ event_type: marker, contact: { email: 'a@b.example' } }),
  marker => `{"__proto__":{"leads":[{"email":"a@b.example"}]},"constructor":{"prototype":{}},"note":"${marker}"}`,
  marker => `{"leads":[{"number_conversions":1e400,"email":{"toString":1},"name":"${marker}"}]}`,
  marker => `${'['.repeat(5000)}"${marker}"${']'.repeat(5000)}`,
  marker => JSON.stringify(marker.repeat(2000)),
  marker => `{"leads":[{"name":"${marker}","email":"${'x'.repeat(70_000)}@b.example"}]}`,
]

export const unreadableForms = unreadable.length

export const unreadableBody = (form: number, marker: string): Body => {
  const body = unreadable[form % unreadable.length]?.(marker) ?? marker
  return {
    bytes: typeof body === 'string' ? Buffer.from(body) : body,
    contents: [{ kind: 'unreadable', marker }],
  }
}
