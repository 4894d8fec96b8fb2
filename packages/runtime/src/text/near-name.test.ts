import { expect, test } from 'vitest'
import { nearName } from './near-name.ts'

const names = ['statusRD', 'cnpj', 'Segmento de Mercado', 'porteDaEmpresa', 'uf']

test.each([
  { typed: 'CNPJ', meant: 'cnpj' },
  { typed: 'porte_da_empresa', meant: 'porteDaEmpresa' },
  { typed: 'segmento-de-mercádo', meant: 'Segmento de Mercado' },
  { typed: 'segmento de merdado', meant: 'Segmento de Mercado' },
  { typed: 'cpnj', meant: 'cnpj' },
  { typed: 'porte - da - empresa', meant: 'porteDaEmpresa' },
  { typed: 'segmento', meant: 'Segmento de Mercado' },
  { typed: 'cnpj_cliente', meant: 'cnpj' },
  { typed: 'origem', meant: undefined },
  { typed: 'u', meant: undefined },
])('of the names that records have, $meant is like $typed', ({ typed, meant }) => {
  expect(nearName(typed, names, { parts: true })).toBe(meant)
})

test('where records have no names, none is like it', () => {
  expect(nearName('cnpj', [], { parts: true })).toBeUndefined()
})

test('a part of a name is another name, unless the caller says otherwise', () => {
  expect(nearName('segmento', names)).toBeUndefined()
})
