import { expect, test } from 'vitest'
import { dumpRedis } from '../testing/dump-redis.ts'
import { email, erase, register, uuid } from '../testing/person-in-redis.ts'
import { useOwnRedis } from '../testing/use-cli-set-up.ts'

const own = useOwnRedis()

test('what rules read of a person’s own event goes with it', async () => {
  await register(own.tenant, { email, uuid, values: { cf_pergunta: ['uma resposta livre'] } })
  const { data } = await erase(own.tenant)
  expect(data().tenants[0].removed).toMatchObject({ 'jobs.waiting': 1 })
  expect(await dumpRedis(own.tenant.redis)).not.toContain('resposta livre')
})

test('a customer whose answers mention the person stays, without these answers, and is not followed', async () => {
  const values = { cf_indicacao: [`indicada por ${email}`], cf_porte: ['11-50'], tags: ['feira', email] }
  await register(own.tenant, { email: 'cliente@outra.example', ownerEmail: 'bia@acme.example', values })
  await register(own.tenant, { email: 'cliente@outra.example' })
  const dry = await erase(own.tenant, '--dry-run')
  expect(dry.data().tenants[0].removed).toEqual({ answers: 1 })
  const { data } = await erase(own.tenant)
  expect(data().tenants[0].removed).toEqual({ answers: 1 })
  const left = await own.tenant.queues['totvs-crm'].getWaiting()
  expect(left.map(job => job.data.lead)).toEqual(
    expect.arrayContaining([
      {
        ...{ email: 'cliente@outra.example', ownerEmail: 'bia@acme.example', notes: [] },
        values: { cf_porte: ['11-50'], tags: ['feira'] },
      },
      { email: 'cliente@outra.example', notes: [] },
    ]),
  )
  expect(await dumpRedis(own.tenant.redis)).not.toContain(email)
})
