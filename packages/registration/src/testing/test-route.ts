import type { Route } from '@ponte/contracts'

/** For tests: a route that every lead takes. */
export const testRoute = (then: Route['then'], name = 'enterprise'): Route => ({
  name,
  when: {},
  // oxlint-disable-next-line unicorn/no-thenable -- The name is that of the tenants file.
  then,
})
