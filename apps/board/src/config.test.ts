import { ConfigurationError } from '@ponte/runtime'
import { expect, test } from 'vitest'
import { readConfig } from './config.ts'

const env = { REDIS_URL: 'redis://127.0.0.1:1', PONTE_CONFIG: '/nowhere.yaml' }

const problemsOf = async (given: NodeJS.ProcessEnv): Promise<readonly string[]> => {
  const error: unknown = await readConfig(given).catch((error: unknown) => error)
  return error instanceof ConfigurationError ? error.problems : []
}

test('the board does not start without a user and a password', async () => {
  expect(await problemsOf(env)).toEqual(['BOARD_USER: is not set', 'BOARD_PASSWORD: is not set'])
  expect(await problemsOf({ ...env, BOARD_USER: 'ops', BOARD_PASSWORD: '' })).toEqual(['BOARD_PASSWORD: is not set'])
})

test.each(['10.0.0.0/33', 'example.com', '10.0.0.1,', '*'])(
  'the proxies "%s" are read or refused as a whole',
  async given => {
    const problems = await problemsOf({
      ...env,
      BOARD_USER: 'ops',
      BOARD_PASSWORD: 'long enough',
      BOARD_TRUSTED_PROXIES: given,
    })
    const refused = problems.some(problem => problem.startsWith('BOARD_TRUSTED_PROXIES'))
    expect(refused).toBe(given !== '10.0.0.1,')
  },
)
