import { parentPort, workerData } from 'node:worker_threads'

/** A thread of its own: whoever sends the flood must not keep it waiting. */
export interface LoneSender {
  readonly url: string
  readonly token: string
}

/** What became of the deliveries, each sent when the one before was answered. */
export interface LoneAnswers {
  readonly statuses: readonly number[]
  readonly times: readonly number[]
}

const { url, token }: LoneSender = workerData
let isOver = false
parentPort?.once('message', () => (isOver = true))

const statuses: number[] = []
const times: number[] = []
while (!isOver) {
  const uuid = crypto.randomUUID()
  const body = JSON.stringify({ leads: [{ uuid, email: `pessoa.${uuid}@cliente.example`, name: 'Lead' }] })
  const headers = { 'content-type': 'application/json', apiToken: token }
  const begun = performance.now()
  const response = await fetch(url, { method: 'POST', headers, body })
  await response.arrayBuffer()
  times.push(performance.now() - begun)
  statuses.push(response.status)
  await new Promise(resolve => setTimeout(resolve, 20))
}
const answers: LoneAnswers = { statuses, times }
parentPort?.postMessage(answers)
