import fc from 'fast-check'
import { expect, test } from 'vitest'
import { filteredAddress, hasFilters, readFilters, renderFilters } from './filters.ts'
import { UnknownFilters } from './unknown-filters.ts'

const tenants = [{ name: 'acme' }, { name: 'nova' }]
const known: Readonly<Record<string, readonly string[]>> = {
  tenant: ['acme', 'nova'],
  period: ['24h', '7d', '30d'],
  code: ['CRM_REJECTED'],
}

test('the filters of an address are what the page shows, and lead back to the same address', () => {
  const address = '/failures?tenant=nova&period=7d&code=CRM_REJECTED&event=lead.registered'
  const asked = Object.fromEntries(new URLSearchParams(address.split('?')[1]))
  const filters = readFilters(asked, tenants, '/failures')
  expect(filters).toEqual({ tenant: 'nova', period: '7d', code: 'CRM_REJECTED', event: 'lead.registered' })
  expect(filteredAddress('/failures', filters)).toBe(address)
})

test('a page may have a usual period of its own: an address that names none means that, and its form offers to leave others', () => {
  expect(readFilters({}, tenants, '/failures').period).toBe('24h')
  const filters = readFilters({}, tenants, '/failures', '30d')
  expect(filters.period).toBe('30d')
  expect(filteredAddress('/failures', filters, '30d')).toBe('/failures')
  expect(renderFilters('/failures', filters, { periods: true }, 'en', '30d')?.markup).not.toContain('Clear')
  const day = { ...filters, period: '24h' } as const
  expect(filteredAddress('/failures', day, '30d')).toBe('/failures?period=24h')
  expect(renderFilters('/failures', day, { periods: true }, 'en', '30d')?.markup).toContain('Clear')
})

test('whatever stands in an address is a filter that exists or is refused, and so is a tenant that may not be seen', () => {
  const value = fc.oneof(fc.string(), fc.constantFrom('acme', 'hidden', '7d', 'CRM_REJECTED'), fc.array(fc.string()))
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('tenant', 'period', 'code', 'event', '__proto__'), value), asked => {
      const read = () => readFilters(asked, tenants, '/failures')
      const isKnown = ['tenant', 'period', 'code', 'event'].every(name => {
        const given = Object.getOwnPropertyDescriptor(asked, name)?.value
        return given === undefined || ['', ...(known[name] ?? [])].includes(given)
      })
      if (isKnown) expect(['24h', '7d', '30d']).toContain(read().period)
      else expect(read).toThrow(UnknownFilters)
    }),
  )
})

test('a board with one tenant offers no choice of tenants, and a page without choices has no form', () => {
  const filters = readFilters({}, tenants, '/failures')
  expect(renderFilters('/waiting', filters, { tenants: ['acme'] }, 'en')).toBeUndefined()
  expect(renderFilters('/waiting', filters, { tenants: ['acme', 'nova'] }, 'en')?.markup).toContain('value="nova"')
})

test('a choice is applied by a script, and by a button only where no script runs', () => {
  const { markup = '' } =
    renderFilters('/waiting', readFilters({}, tenants, '/failures'), { tenants: ['acme', 'nova'] }, 'en') ?? {}
  expect(markup.replaceAll(/<noscript>.*?<\/noscript>/gs, '')).not.toContain('<button')
  expect(markup).toMatch(/<noscript><button[^>]*>Filter<\/button><\/noscript>/)
  expect([hasFilters({ markup }), hasFilters({ markup: '<form>' })]).toEqual([true, false])
})

test('a refusal names each filter that there is not once, and the address without filters', () => {
  const read = () => readFilters({ tenant: 'hidden', code: 'NOPE', period: '7d', event: '' }, tenants, '/failures')
  expect(read).toThrow(
    expect.objectContaining({
      path: '/failures',
      text: expect.objectContaining({ en: expect.stringMatching(/: Tenant, Cause\.$/) }),
    }),
  )
})
