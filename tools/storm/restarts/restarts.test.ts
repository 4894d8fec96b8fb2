import { expect, test } from 'vitest'
import { runRestarts } from './run-restarts.ts'

/** Fifty deliveries a second need the processors for themselves. For ten minutes: `npm run storm -- --restarts`. */
const plan = { seconds: 45, everySeconds: 8, deliveriesPerSecond: 50 }

test(
  'while ingresses, workers and the board are restarted one after the other, no delivery is refused or lost, and nothing happens twice',
  { tags: ['timed'] },
  async () => {
    const events: string[] = []
    const { problems, figures } = await runRestarts(plan, text => void events.push(text))
    expect(problems, events.join('\n')).toEqual([])
    // Each process was stopped once.
    expect(figures.restarts).toBeGreaterThanOrEqual(5)
    const { sent } = figures
    expect(sent).toBeGreaterThanOrEqual(500)
    expect(figures).toMatchObject({ leads: sent, opportunities: sent, marks: sent })
  },
)
