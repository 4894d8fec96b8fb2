import { createLogger } from '@ponte/runtime'
import { expect, test, vi } from 'vitest'
import { testTenant } from '../testing/test-tenant.ts'
import { createHold } from './hold.ts'

function open(mode: 'live' | 'shadow') {
  const lines: { readonly file?: string; readonly redis?: string }[] = []
  const log = createLogger({
    ...{ level: 'info', process: 'test' },
    destination: { write: (line: string) => void lines.push(JSON.parse(line)) },
  })
  const workers = [1, 2].map(() => ({
    pause: vi.fn<() => Promise<void>>(() => Promise.resolve()),
    resume: vi.fn<() => Promise<void>>(() => Promise.resolve()),
  }))
  const calls = () => workers.map(({ pause, resume }) => [pause.mock.calls.length, resume.mock.calls.length])
  return { hold: createHold({ tenant: testTenant({ mode }) }, { workers, log }), calls, lines }
}
const live = { mode: 'live', since: 1 } as const
const shadow = { mode: 'shadow', since: 1 } as const

test.each([
  ['live', live, shadow],
  ['shadow', shadow, live],
] as const)(
  'with a file that says %s a worker takes no job while Redis says the other mode, and says so once',
  async (file, same, other) => {
    const { hold, calls, lines } = open(file)
    await hold.follow(same)
    expect([hold.isHeld(), calls(), lines]).toEqual([
      false,
      [
        [0, 0],
        [0, 0],
      ],
      [],
    ])
    await hold.follow(other)
    await hold.follow(other)
    expect([hold.isHeld(), calls()]).toEqual([
      true,
      [
        [1, 0],
        [1, 0],
      ],
    ])
    expect(lines).toMatchObject([{ file, redis: other.mode }])
    await hold.follow(same)
    expect([hold.isHeld(), calls()]).toEqual([
      false,
      [
        [1, 1],
        [1, 1],
      ],
    ])
  },
)
