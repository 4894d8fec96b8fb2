import { recordNeedle } from '../record-run.ts'
import type { ContactSeed } from '../sandbox/sandbox-client.ts'

const firstNames = ['Ana', 'Bruno', 'Carla', 'Davi', 'Elisa', 'Fábio', 'Gabriela', 'Heitor', 'Isabel', 'João']
const lastNames = ['Almeida', 'Barros', 'Cardoso', 'Duarte', 'Esteves', 'Farias', 'Gomes', 'Horta', 'Lima', 'Moraes']
const cities = ['Joinville', 'Campinas', 'Londrina', 'Recife', 'Curitiba']
const forms = ['webinar-crm', 'orcamento', 'newsletter', 'demonstracao']

export interface Visitor {
  readonly seed: ContactSeed & { readonly uuid: string; readonly email: string }
  /** The form that the visitor filled in. */
  readonly identifier: string
}

const of = (list: readonly string[], index: number): string => list[index % list.length] ?? ''

/** So many invented people, of addresses that nobody else has. `owner`: who in RD Station is to care for them. */
export function inventVisitors(count: number, owner?: string): readonly Visitor[] {
  return Array.from({ length: count }, (_, index) => {
    const name = `${of(firstNames, index)} ${of(lastNames, Math.floor(index / firstNames.length))}`
    const seed = {
      uuid: crypto.randomUUID(),
      name,
      email: `pessoa.${crypto.randomUUID().slice(0, 8)}@cliente.example`,
      mobile_phone: `+55 48 9${String(91_000_000 + Math.floor(Math.random() * 8_999_999))}`,
      city: of(cities, index),
      ...(owner !== undefined && { funnel: { contact_owner_email: owner } }),
    }
    recordNeedle('email', seed.email)
    recordNeedle('mobile_phone', seed.mobile_phone)
    return { seed, identifier: of(forms, index) }
  })
}
