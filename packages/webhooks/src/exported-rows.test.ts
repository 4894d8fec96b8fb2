import { expect, test } from 'vitest'
import { options, parse, rule } from './testing/rd-bodies.ts'
import { readHeadings } from './exported-rows.ts'

/** What is read of a row of a table with these columns. */
const leadOf = (columns: Readonly<Record<string, string>>, changed: Partial<typeof options> = {}) =>
  parse(readHeadings(Object.keys(columns), { ...options, ...changed }).bodyOf(Object.values(columns)), changed)
    .events[0]?.lead

test('a row of the export is read as the webhook of the same contact', () => {
  const lead = leadOf({
    Email: 'Ana@Cliente.example',
    Nome: 'Ana',
    Telefone: '34 3300-0000',
    Celular: '34 99000-0000',
    Linkedin: 'https://linkedin.com/in/ana',
    Website: 'https://cliente.example',
    Cargo: 'CEO',
    Empresa: 'Cliente Ltda',
    Estado: 'MG',
    Cidade: 'Uberaba',
    'Dono do Lead': 'vendas@acme.example',
    'Data da primeira conversão': '2023-07-01 10:00:00 -0300',
    'Data da última conversão': '2023-07-11 16:39:06 -0300',
  })
  expect(lead).toEqual({
    email: 'ana@cliente.example',
    name: 'Ana',
    phone: '34 3300-0000',
    mobilePhone: '34 99000-0000',
    linkedin: 'https://linkedin.com/in/ana',
    website: 'https://cliente.example',
    jobTitle: 'CEO',
    company: 'Cliente Ltda',
    state: 'MG',
    city: 'Uberaba',
    ownerEmail: 'vendas@acme.example',
    convertedAt: '2023-07-11T19:39:06.000Z',
  })
})

test("an unknown heading is a custom field, and the tenant's rules see it, as they see stage, score and tags", () => {
  const fields = ['Quanto pretende investir?', 'lifecycleStage', 'score.fit', 'tags', 'Origem da última conversão'].map(
    from => rule([from], { name: from }),
  )
  const columns = {
    Email: 'a@x.example',
    'Quanto pretende investir?': 'R$ 1.000',
    'Estágio no funil': 'Lead Qualificado',
    'Lead Scoring - Perfil': 'b',
    Tags: 'feira, 2023',
    'Origem da última conversão': 'Busca Paga',
  }
  expect(leadOf(columns, { fields })?.values).toEqual({
    'Quanto pretende investir?': ['R$ 1.000'],
    lifecycleStage: ['Qualified Lead'],
    'score.fit': ['b'],
    tags: ['feira', '2023'],
    'Origem da última conversão': ['Busca Paga'],
  })
})

test.each([
  ['no zone, so that nobody knows the moment', '11/07/2023 16:39'],
  ['nothing in it', ''],
  ['no date in it', 'ontem'],
])('a date with %s is none', (_what, text) => {
  expect(leadOf({ Email: 'a@x.example', 'Data da última conversão': text })).not.toHaveProperty('convertedAt')
})

test('the first column of a name is the field itself, and a second one a custom field of that name', () => {
  const { bodyOf } = readHeadings(['Celular', 'celular', 'x', 'x', '', '__proto__', 'last_conversion'], options)
  expect(bodyOf(['1', '2', '', '4', '5', '6', '7']).leads).toEqual([
    {
      mobile_phone: '1',
      custom_fields: Object.fromEntries([
        ['celular', '2'],
        ['x', '4'],
        ['__proto__', '6'],
        ['last_conversion', '7'],
      ]),
    },
  ])
})

test.each([
  { headings: ['E-mail'], leadFields: {}, names: true },
  { headings: ['Nome', 'Zap'], leadFields: {}, names: false },
  { headings: ['Nome', 'Zap'], leadFields: { mobilePhone: ['zap'] }, names: true },
])('whether the columns $headings name a person: $names', ({ headings, leadFields, names }) => {
  expect(readHeadings(headings, { ...options, leadFields }).namesPersons).toBe(names)
})
