import { expect, test } from 'vitest'
import { bringsLeads, events, isEventName, isLeadEvent, isMarkEvent } from './events.ts'
import { factsOfJob, jobs } from './jobs.ts'

const names = Object.keys(jobs)

test.each(names)('a person sees a job as an event when a delivery can bring it: %s', name => {
  const isEvent = isEventName(name)
  expect(factsOfJob(name)).toMatchObject({ decidesStatus: isEvent, isEdited: isEvent })
})

test('compare reads what a lead or a mark came to, not what Ponte does by itself, nor what nobody could read', () => {
  const compared = ['lead.registered', 'opportunity.won', 'status-rd.changed', 'delivery'].filter(
    name => factsOfJob(name).isCompared,
  )
  expect(compared).toEqual(['lead.registered', 'opportunity.won'])
})

test('a delivery in quarantine is an event of its own', () => {
  expect(factsOfJob('delivery')).toMatchObject({ decidesStatus: true, isEdited: true })
})

test.each(Object.values(events))('what a source brings follows from its events: $shortName', row => {
  expect(bringsLeads(row.source)).toBe(row.about === 'lead')
})

test('a job that follows an event brings no lead and makes no mark', () => {
  const followUps = names.filter(name => !isEventName(name))
  expect(followUps).not.toEqual([])
  expect(followUps.filter(name => isLeadEvent(name) || isMarkEvent(name))).toEqual([])
})
