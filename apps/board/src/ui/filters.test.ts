import fc from 'fast-check'
import { expect, test } from 'vitest'
import { filteredAddress, hasFilters, readFilters, renderFilters } from './filters.ts'

const tenants = [{ name: 'acme' }, { name: 'nova' }]

test('the filters of an address are what the page shows, and lead back to the same address', () => {
  const address = '/failures?tenant=nova&period=7d&code=CRM_REJECTED&event=lead.registered'
  const asked = Object.fromEntries(new URLSearchParams(address.split('?')[1]))
  const filters = readFilters(asked, tenants)
  expect(filters).toEqual({ tenant: 'nova', period: '7d', code: 'CRM_REJECTED', event: 'lead.registered' })
  expect(filteredAddress('/failures', filters)).toBe(address)
})

test('a page may have a usual period of its own: an address that names none means that, and its form offers to leave others', () => {
  expect(readFilters({}, tenants).period).toBe('24h')
  const filters = readFilters({}, tenants, '30d')
  expect(filters.period).toBe('30d')
  expect(filteredAddress('/failures', filters, '30d')).toBe('/failures')
  expect(renderFilters('/failures', filters, { periods: true }, 'en', '30d')?.markup).not.toContain('Clear')
  const day = { ...filters, period: '24h' } as const
  expect(filteredAddress('/failures', day, '30d')).toBe('/failures?period=24h')
  expect(renderFilters('/failures', day, { periods: true }, 'en', '30d')?.markup).toContain('Clear')
})

test('whatever stands in an address is a filter that exists or none, and a tenant that may not be seen is none', () => {
  const value = fc.oneof(fc.string(), fc.constantFrom('acme', 'hidden', '7d', 'CRM_REJECTED'), fc.array(fc.string()))
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('tenant', 'period', 'code', 'event', '__proto__'), value), asked => {
      const { tenant, period } = readFilters(asked, tenants)
      expect([undefined, 'acme', 'nova']).toContain(tenant)
      expect(['24h', '7d', '30d']).toContain(period)
    }),
  )
})

test('a board with one tenant offers no choice of tenants, and a page without choices has no form', () => {
  const filters = readFilters({}, tenants)
  expect(renderFilters('/waiting', filters, { tenants: ['acme'] }, 'en')).toBeUndefined()
  expect(renderFilters('/waiting', filters, { tenants: ['acme', 'nova'] }, 'en')?.markup).toContain('value="nova"')
})

test('a choice is applied by a script, and by a button only where no script runs', () => {
  const { markup = '' } = renderFilters('/waiting', readFilters({}, tenants), { tenants: ['acme', 'nova'] }, 'en') ?? {}
  expect(markup.replaceAll(/<noscript>.*?<\/noscript>/gs, '')).not.toContain('<button')
  expect(markup).toMatch(/<noscript><button[^>]*>Filter<\/button><\/noscript>/)
  expect([hasFilters({ markup }), hasFilters({ markup: '<form>' })]).toEqual([true, false])
})

test('a filter that names nothing there is, is said to be ignored', () => {
  const filters = readFilters({ tenant: 'hidden', code: 'NOPE', period: '7d', event: '' }, tenants)
  expect(filters).toMatchObject({ tenant: undefined, period: '7d', ignored: ['tenant', 'code'] })
  expect(renderFilters('/failures', filters, {}, 'en')?.markup).toContain('Tenant, Cause.')
})
