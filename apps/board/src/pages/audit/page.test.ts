import fc from 'fast-check'
import { expect, test } from 'vitest'
import { UnknownFilters } from '../../ui/filter-form.ts'
import { auditFilters } from './page.ts'

test('whatever stands in an address is a filter or refused, and an address leads back to it', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.constantFrom('user', 'action', 'tenant', 'period', 'before'),
        fc.oneof(fc.anything(), fc.constantFrom('', 'acme', 'retry', '7d', '5-0')),
      ),
      asked => {
        const tenants = [{ name: 'acme' }]
        const read = () => auditFilters.read(asked, tenants)
        let filters
        try {
          filters = read()
        } catch {
          expect(read).toThrow(UnknownFilters)
          return
        }
        const address = new URL(auditFilters.address(filters, { before: '1-0' }), 'http://board.test')
        const again = auditFilters.read(Object.fromEntries(address.searchParams), tenants)
        expect(again).toEqual({ ...filters, before: '1-0' })
      },
    ),
  )
})
