import type { AlertEpisode } from '@ponte/state'
import { expect, test } from 'vitest'
import type { SendResult } from './channels.ts'
import type { Condition } from './read-alert-states.ts'
import { afterMessage, planMessage } from './plan-message.ts'

type Event = Condition | 'crash'

/** Plays checks that are about 17 minutes apart. In a `crash`, the message went out, but the process died before it could record that. */
function play(looks: readonly (readonly [Event, SendResult?])[], condition: Condition = 'begins'): string[] {
  const sent: string[] = []
  let episode: AlertEpisode | undefined
  let now = 1_000_000_000
  for (const [event, result = 'sent'] of looks) {
    now += 1_000_000
    const plan = planMessage(episode, event === 'crash' ? condition : event, now)
    episode = plan.keep
    if (plan.send === undefined || plan.keep === undefined) continue
    sent.push(plan.send)
    if (event !== 'crash') episode = afterMessage(plan.keep, result, now)
  }
  return sent
}

test('an episode is announced once when it begins and once when it is over', () => {
  expect(play([['over'], ['begins'], ['begins'], ['lasts'], ['begins'], ['over'], ['over']])).toEqual([
    'started',
    'ended',
  ])
})

test('values that go up and down between the limits are one episode', () => {
  expect(play([['lasts'], ['begins'], ['lasts'], ['begins'], ['lasts'], ['over']])).toEqual(['started', 'ended'])
})

test('a second episode is announced like the first', () => {
  expect(play([['begins'], ['over'], ['begins'], ['over']])).toEqual(['started', 'ended', 'started', 'ended'])
})

test('a crash after the message sends it twice at the most', () => {
  expect(play([['crash'], ['begins'], ['begins']])).toEqual(['started', 'started'])
  expect(play([['crash'], ['crash'], ['begins'], ['begins'], ['over']])).toEqual(['started', 'started', 'ended'])
  expect(play([['begins'], ['crash'], ['crash'], ['over'], ['over']], 'over')).toEqual(['started', 'ended', 'ended'])
})

test('a message that was refused is sent again until it arrives, at growing intervals', () => {
  const refused = ['begins', 'refused'] as const
  expect(play([refused, refused, refused, ['begins'], ['begins']])).toEqual(Array(4).fill('started'))
  const first = planMessage(undefined, 'begins', 0).keep
  const pauses: number[] = []
  for (let episode = first; episode !== undefined && pauses.length < 12;) {
    const after = afterMessage({ ...episode, tries: 1 }, 'refused', 0)
    pauses.push(after?.notBefore ?? 0)
    episode = after
  }
  expect(pauses.slice(0, 3)).toEqual([2000, 4000, 8000])
  expect(pauses.at(-1)).toBe(900_000)
})

test('without an answer a message is sent a second time and no more', () => {
  const silent = ['begins', 'unknown'] as const
  expect(play([silent, silent, silent, silent])).toEqual(['started', 'started'])
})

test('the end is not announced when the beginning was not', () => {
  expect(play([['begins', 'refused'], ['over'], ['over']])).toEqual(['started'])
})

test('an episode that begins again before its end was announced continues', () => {
  expect(play([['begins'], ['over', 'refused'], ['begins'], ['begins'], ['over']])).toEqual([
    'started',
    'ended',
    'ended',
  ])
})
