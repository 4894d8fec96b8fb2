import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { createFilters, filterLooks, jobEvent, periodOr, placeIn, tenantAmong, tenantChoices } from './filters.ts'
import { UnknownFilters } from '../ui/filter-form.ts'

const tenants = [{ name: 'acme' }, { name: 'nova' }]
const day = z.iso
  .date()
  .optional()
  .register(filterLooks, { label: { en: 'Until', pt: 'Até' }, input: 'day' })
const filters = createFilters('/list', of =>
  z.object({ tenant: tenantAmong(of), period: periodOr('30d'), event: jobEvent, day, after: placeIn(/^at-\d+$/) }),
)
const known: Readonly<Record<string, readonly string[]>> = {
  tenant: ['acme', 'nova'],
  period: ['24h', '7d', '30d'],
  event: ['lead.registered'],
  day: ['2026-11-30'],
  after: ['at-7'],
}
const choices = { tenant: tenantChoices(tenants) }

test('the filters of an address are what the page shows, and lead back to the same address', () => {
  const address = '/list?tenant=nova&period=7d&event=lead.registered&day=2026-11-30'
  const read = filters.read(Object.fromEntries(new URLSearchParams(address.split('?')[1])), tenants)
  expect(read).toEqual({ tenant: 'nova', period: '7d', event: 'lead.registered', day: '2026-11-30' })
  expect(filters.address(read)).toBe(address)
  expect(filters.address({ tenant: 'nova' }, { at: '/list.csv' })).toBe('/list.csv?tenant=nova')
  expect(filters.address({}, { at: '/list.csv' })).toBe('/list.csv')
})

test('a page has a usual period: an address that names none means that, and its form offers to leave others', () => {
  const usual = filters.read({}, tenants)
  expect([usual.period, filters.address(usual), filters.isFiltered(usual)]).toEqual(['30d', '/list', false])
  expect(filters.form(usual, 'en')?.markup).not.toContain('Clear')
  const other = filters.read({ period: '24h' }, tenants)
  expect([filters.address(other), filters.isFiltered(other)]).toEqual(['/list?period=24h', true])
  expect(filters.form(other, 'en')?.markup).toContain('<a href="/list">Clear filters</a>')
})

test('where a list goes on stands in the links that name it only: choosing something else begins anew', () => {
  const read = filters.read({ tenant: 'acme', after: 'at-7' }, tenants)
  expect([read.after, filters.address(read)]).toEqual(['at-7', '/list?tenant=acme'])
  expect(filters.address(read, { after: 'at-8' })).toBe('/list?tenant=acme&after=at-8')
  expect(filters.form(read, 'en', choices)?.markup).not.toContain('name="after"')
})

test('whatever stands in an address is a filter that exists or is refused, and so is a tenant that may not be seen', () => {
  const names = Object.keys(known)
  const value = fc.oneof(fc.anything(), fc.constantFrom('', 'hidden', ...Object.values(known).flat()))
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names, '__proto__'), value), asked => {
      const read = () => filters.read(asked, tenants)
      const isKnown = names.every(name => {
        const given: unknown = Object.getOwnPropertyDescriptor(asked, name)?.value
        return given === undefined || ['', ...(known[name] ?? [])].some(each => each === given)
      })
      if (!isKnown) {
        expect(read).toThrow(UnknownFilters)
        return
      }
      const again = new URL(filters.address(read()), 'http://board.test').searchParams
      expect(filters.read(Object.fromEntries(again), tenants)).toEqual({ ...read(), after: undefined })
    }),
  )
})

test('a refusal names each filter that there is not once, and the page without filters', () => {
  const two = createFilters('/days', () => z.object({ from: day, to: day, period: periodOr('30d') }))
  const refused = (of: { read: (asked: unknown, among: typeof tenants) => unknown }, asked: unknown) => {
    try {
      return of.read(asked, tenants)
    } catch (error) {
      return error
    }
  }
  const sentence = (what: string) => ({ en: `What was asked for does not exist: ${what}.` })
  expect(refused(filters, { tenant: 'hidden', event: 'x', period: '7d', day: '' })).toMatchObject({
    path: '/list',
    text: sentence('Tenant, Event'),
  })
  expect(refused(two, { from: 'x', to: 'y' })).toMatchObject({ path: '/days', text: sentence('Until') })
})

test('a board with one tenant offers no choice of tenants, and a page without choices has no form', () => {
  const own = createFilters('/own', of => z.object({ tenant: tenantAmong(of) }))
  expect(own.form({}, 'en', { tenant: tenantChoices([{ name: 'acme' }]) })).toBeUndefined()
  expect(own.form({}, 'en', choices)?.markup).toContain('value="nova"')
})

test('a choice is applied by a script, and by a button only where no script runs', () => {
  const { markup = '' } = filters.form({}, 'en', choices) ?? {}
  expect(markup.replaceAll(/<noscript>.*?<\/noscript>/gs, '')).not.toContain('<button')
  expect(markup).toMatch(/<noscript><button[^>]*>Filter<\/button><\/noscript>/)
})
