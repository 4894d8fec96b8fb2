import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { deliveryQuery } from '../deliveries.ts'
import { faultOrder } from '../faults.ts'
import { acceptJson } from '../json.ts'
import { answerRefusals, Refusal } from '../refusal.ts'
import type { World } from '../world.ts'
import { addCrmControl } from './crm-control.ts'
import { addRdControl } from './rd-control.ts'
import { addRdWebhookControl } from './rd-webhook-control.ts'
import { notFound, read } from './request.ts'

const systemName = z.enum(['rd-station', 'totvs-crm'])

const callQuery = z.strictObject({
  system: systemName.optional(),
  account: z.string().optional(),
  method: z.string().optional(),
  path: z.string().optional(),
  action: z.string().optional(),
  resource: z.string().optional(),
  after: z.coerce.number().optional(),
  last: z.coerce.number().int().positive().optional(),
})
const clockOrder = z.strictObject({ at: z.iso.datetime({ offset: true }).optional() })

interface ById {
  Params: { id: string }
}

/** The control API: does what people, networks and vendors do to the two systems, and shows what the systems received. */
export function addControl(app: FastifyInstance, world: World): void {
  acceptJson(app)
  answerRefusals(app, {
    notFound: () => new Refusal(404, { message: 'There is no such address.' }),
    unexpected: error => new Refusal(error.statusCode ?? 500, { message: error.message }),
  })

  app.post('/reset', async (_request, reply) => {
    world.reset()
    return reply.code(204).send()
  })

  app.post('/clock', async (request, reply) => {
    const { at } = read(clockOrder, request.body)
    world.setClock(at === undefined ? undefined : Date.parse(at))
    return reply.code(204).send()
  })

  app.get('/calls', async request => world.calls.list(read(callQuery, request.query)))
  app.delete('/calls', async (_request, reply) => {
    world.calls.clear()
    return reply.code(204).send()
  })

  app.get('/deliveries', async request => {
    const wanted = read(deliveryQuery, request.query)
    return world.deliveries
      .list()
      .filter(
        ({ system, account, trigger, state }) =>
          (wanted.system ?? system) === system &&
          (wanted.account ?? account) === account &&
          (wanted.trigger ?? trigger) === trigger &&
          (wanted.state ?? state) === state,
      )
  })
  app.post<ById>('/deliveries/:id/redeliver', async request => {
    const delivery = await world.deliveries.send(request.params.id)
    return delivery ?? notFound('delivery')
  })

  app.get('/faults', async () => world.faults.list())
  app.post('/faults', async request => world.faults.add(read(faultOrder, request.body)))
  app.delete('/faults', async (_request, reply) => {
    world.faults.clear()
    return reply.code(204).send()
  })
  app.delete<ById>('/faults/:id', async (request, reply) => {
    world.faults.clear(Number(request.params.id))
    return reply.code(204).send()
  })

  addRdControl(app, world)
  addRdWebhookControl(app, world)
  addCrmControl(app, world)
}
