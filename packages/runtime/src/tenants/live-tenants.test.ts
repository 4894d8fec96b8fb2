import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Tenant } from './tenants.ts'
import { keepPerTenant } from './live-tenants.ts'
import { createLiveTenants, filterTenants } from './live-tenants.ts'

const names = ['acme', 'globex', 'initech']
/** A tenant as a reading of the file makes it: a new object each time, with a version that changes with its settings. */
const tenantOf = (name: string, version: string): Tenant => ({ name, version, settings: Object.create(null) })

test('what is kept for a tenant was made of its settings of now, once, and a tenant that is gone is not found', () => {
  const file = fc.array(fc.record({ name: fc.constantFrom(...names), version: fc.constantFrom('1', '2') }), {
    maxLength: 3,
  })
  fc.assert(
    fc.property(fc.array(file, { minLength: 1, maxLength: 8 }), files => {
      const live = createLiveTenants([])
      const served = filterTenants(live, ({ name }) => name !== 'initech')
      const opened: string[] = []
      const versionKept = keepPerTenant(({ name, version = '' }) => {
        opened.push(`${name} ${version}`)
        return { version }
      })
      let made = 0
      let before = new Map<string, string>()
      for (const lines of files) {
        const now = new Map(lines.map(({ name, version }) => [name, version]))
        live.replace([...now].map(([name, version]) => tenantOf(name, version)))
        for (const name of names) {
          for (const each of [live, live, served]) {
            const tenant = each.named(name)
            const isThere = now.has(name) && (each === live || name !== 'initech')
            expect(tenant && versionKept(tenant).version).toBe(isThere ? now.get(name) : undefined)
          }
          if (now.has(name) && before.get(name) !== now.get(name)) made += 1
        }
        expect(opened).toHaveLength(made)
        before = now
      }
    }),
  )
})
