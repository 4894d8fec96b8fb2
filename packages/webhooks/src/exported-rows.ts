import { foldKey } from './body/read-text.ts'
import { MAX_FIELDS } from './rd/lead-places.ts'
import { ownNames, wantedKeysOf, type WantingSettings } from './rd/wanted-keys.ts'

/**
 * The headings of RD Station's export that are members of a lead of API 1.x, folded (docs/vendors/rd-station.md#export). Every other heading
 * is the label of a custom field.
 */
const members: ReadonlyMap<string, string> = new Map(
  Object.entries({
    Email: 'email',
    Nome: 'name',
    Telefone: 'personal_phone',
    Celular: 'mobile_phone',
    Empresa: 'company',
    Cargo: 'job_title',
    Biografia: 'bio',
    Website: 'website',
    Facebook: 'facebook',
    Twitter: 'twitter',
    Linkedin: 'linkedin',
    Cidade: 'city',
    Estado: 'state',
    País: 'country',
    'Estágio no funil': 'lead_stage',
    'Dono do Lead': 'user',
    'Lead Scoring - Perfil': 'fit_score',
    'Lead Scoring - Interesse': 'interest',
    Tags: 'tags',
    'URL pública': 'public_url',
  }).map(([heading, member]) => [foldKey(heading), member]),
)
const conversions: ReadonlyMap<string, string> = new Map([
  [foldKey('Data da primeira conversão'), 'first_conversion'],
  [foldKey('Data da última conversão'), 'last_conversion'],
])
const namesPerson = new Set(['email', 'personal_phone', 'mobile_phone'])

/** The most columns of a table, because a lead has no more fields. */
export const MAX_COLUMNS = MAX_FIELDS

/** The columns of RD Station's export, which is read as the webhook of API 1.x would bring it. */
export function readHeadings(headings: readonly string[], settings: WantingSettings) {
  const taken = new Set<string>()
  /** The first column of a name is RD Station's own field; a further one is a custom field that somebody called the same. */
  const columns = headings.map(heading => {
    const label = heading.trim()
    const folded = foldKey(label)
    const found = members.get(folded) ?? conversions.get(folded)
    if (found === undefined || taken.has(found)) return { label, place: 'custom_fields' } as const
    taken.add(found)
    return { label: found, place: conversions.has(folded) ? 'conversion' : 'top' } as const
  })
  const { tenantNames } = wantedKeysOf(settings)
  const names = new Set(
    (['email', 'phone', 'mobilePhone'] as const).flatMap(field => [
      ...(ownNames.get(field) ?? []),
      ...(tenantNames.get(field) ?? []),
    ]),
  )
  return {
    /** Whether a column may hold an e-mail or a phone. Without any of them no row is a lead. */
    namesPersons: columns.some(({ label }) => namesPerson.has(label) || names.has(foldKey(label))),
    /** The body of a webhook that holds the row. Of several columns with one label the first one with a value counts. */
    bodyOf(cells: readonly string[]): { readonly leads: readonly [Readonly<Record<string, unknown>>] } {
      const top = new Map<string, unknown>()
      const custom = new Map<string, string>()
      for (const [index, { label, place }] of columns.entries()) {
        const cell = cells[index]?.trim() ?? ''
        if (cell === '' || label === '') continue
        if (place === 'top') top.set(label, cell)
        else if (place === 'conversion') top.set(label, { created_at: cell })
        else if (!custom.has(label)) custom.set(label, cell)
      }
      return { leads: [{ ...Object.fromEntries(top), custom_fields: Object.fromEntries(custom) }] }
    },
  }
}
