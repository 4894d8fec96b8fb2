import type { Texts } from '@ponte/contracts'
import { z } from 'zod'

const days: Texts = {
  en: 'Days (“From” is not after “To”, and both are among the last 400)',
  pt: 'Dias (“De” não vem depois de “Até”, e os dois estão entre os últimos 400)',
}

const names = {
  tenant: { en: 'Tenant', pt: 'Empresa' },
  period: { en: 'Period', pt: 'Período' },
  event: { en: 'Type', pt: 'Tipo' },
  code: { en: 'Cause', pt: 'Causa' },
  status: { en: 'Status', pt: 'Situação' },
  day: { en: 'Until', pt: 'Até' },
  from: days,
  to: days,
  user: { en: 'User', pt: 'Quem' },
  action: { en: 'Action', pt: 'Ação' },
  // Where a page of a list begins.
  after: { en: 'Page', pt: 'Página' },
  before: { en: 'Page', pt: 'Página' },
} as const satisfies Record<string, Texts>
type FilterName = keyof typeof names

/** An address or a form names a tenant, a period or another filter that there is not. Whoever opened it should not take a list for its answer. */
export class UnknownFilters extends Error {
  readonly statusCode = 400
  /** The page without filters. */
  readonly path: string
  readonly text: Texts

  constructor(path: string, wrong: readonly Texts[]) {
    super('unknown filters')
    this.path = path
    this.text = {
      en: `The address asks for something that does not exist: ${wrong.map(({ en }) => en).join(', ')}.`,
      pt: `O endereço pede algo que não existe: ${wrong.map(({ pt }) => pt).join(', ')}.`,
    }
  }
}

/** The filters of an address or a form. An empty one counts as absent. Throws UnknownFilters. */
export function readKnown<Values>(
  schema: z.ZodType<Values, Readonly<Partial<Record<FilterName, string | undefined>>>>,
  asked: unknown,
  path: string,
): Values {
  const given = Object.entries(z.record(z.string(), z.unknown()).catch({}).parse(asked))
  const { data, error } = schema.safeParse(Object.fromEntries(given.filter(([, value]) => value !== '')))
  if (error === undefined) return data
  const wrong = new Set(error.issues.map(issue => issue.path[0]))
  const texts = Object.entries<Texts>(names).flatMap(([name, text]) => (wrong.has(name) ? text : []))
  throw new UnknownFilters(path, [...new Set(texts)])
}

/** One of these tenants. */
export const tenantAmong = (tenants: readonly { readonly name: string }[]) =>
  z.string().refine(asked => tenants.some(({ name }) => name === asked))
