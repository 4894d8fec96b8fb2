import { expect, test } from 'vitest'
import { failures } from './failures/failures.ts'
import { quarantinedDelivery } from './jobs/jobs.ts'
import { systems, systemTable } from './system.ts'
import { secretPlaces } from './tenants-file/tenants-file.ts'

test.each(systems)('the failure of which nothing else is known is one of the system itself: %s', system => {
  expect(failures[systemTable[system].unavailable]).toMatchObject({ system, breakerReason: 'down' })
})

test.each(systems)('the tenants file has tokens and credentials where the system says: %s', system => {
  const { section } = systemTable[system]
  expect(secretPlaces).toContainEqual({ section: 'webhookTokens', name: section, part: 'webhookTokens' })
  expect(secretPlaces.filter(place => place.section === section)).not.toEqual([])
})

test.each(systems)('an unreadable delivery of each source can be kept: %s', source => {
  expect(quarantinedDelivery.shape.source.safeParse(source).success).toBe(true)
})
