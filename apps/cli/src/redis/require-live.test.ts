import { createTenantMode } from '@ponte/state'
import { expect, test } from 'vitest'
import { UsageError } from '../exit-codes.ts'
import { textsOf } from '../texts/texts.ts'
import { useCliSetUp } from '../testing/use-cli-set-up.ts'
import { onlyLive } from './with-redis.ts'

const set = useCliSetUp()

test('of several tenants those in the shadow are left out with a notice, and it is an error when all are', async () => {
  const [one, other] = [await set.setUp.tenant(), await set.setUp.tenant({ mode: 'shadow' })]
  await createTenantMode(one.redis, one.name).declare('live')
  const notices: string[] = []
  const session = { texts: textsOf.en, notice: (text: string) => void notices.push(text) }
  const choose = () => onlyLive(one.redis, [one.tenant, other.tenant], session)
  expect((await choose()).map(({ name }) => name)).toEqual([one.name])
  expect(notices).toEqual([expect.stringContaining(`"${other.name}" is in the shadow`)])
  await createTenantMode(one.redis, one.name).goBack('now')
  await expect(choose()).rejects.toBeInstanceOf(UsageError)
})
