/** What a good engineer writes in a day: checks the token, adds the body as a job, answers 202. */
import { Queue } from 'bullmq'
import Fastify from 'fastify'
import { jobOptions, readBareEnvironment } from './settings.ts'

const { connection, queueName, port, token } = readBareEnvironment()
const queue = new Queue(queueName, { connection })
const app = Fastify()

app.get('/healthz', async () => ({}))
app.post('/webhooks/rd-station', async (request, reply) => {
  if (request.headers['apitoken'] !== token) return await reply.code(401).send()
  const job = await queue.add('lead', request.body, jobOptions)
  return await reply.code(202).send({ id: job.id })
})
await app.listen({ host: '127.0.0.1', port })
process.on('SIGTERM', () => process.exit(0))
