import { randomBytes } from 'node:crypto'
import { freePort } from '../free-port.ts'
import { recordMetrics, recordNeedle } from '../record-run.ts'
import { type RunningProcess, startProcess } from '../processes.ts'

export interface WorkerProcess extends RunningProcess {
  /** Serves `/healthz`, `/readyz` and `/metrics`. */
  readonly opsUrl: string
}

export interface BoardProcess extends RunningProcess {
  readonly url: string
  readonly opsUrl: string
  readonly user: string
  readonly password: string
}

/** Ways to start each app with the same settings. Every ingress listens at the same address. */
export async function createLaunchers(shared: Readonly<Record<string, string>>) {
  const ingress = { port: await freePort(), opsPort: await freePort() }
  const ingressUrl = loopback(ingress.port)
  recordNeedle('the secret key', shared['PONTE_SECRET_KEY'])
  return {
    ingressUrl,
    ingressOpsUrl: loopback(ingress.opsPort),
    ingress: async (): Promise<RunningProcess> => {
      const env = {
        ...shared,
        INGRESS_HOST: '127.0.0.1',
        INGRESS_PORT: String(ingress.port),
        OPS_PORT: String(ingress.opsPort),
      }
      const started = await startProcess('ingress', { env, ready: `${ingressUrl}/readyz` })
      return recordedAtStop('ingress', started, loopback(ingress.opsPort))
    },
    worker: async (own: Readonly<Record<string, string>> = {}): Promise<WorkerProcess> => {
      const opsPort = await freePort()
      const opsUrl = loopback(opsPort)
      const env = { ...shared, ...own, OPS_PORT: String(opsPort) }
      const worker = await startProcess('worker', { env, ready: `${opsUrl}/readyz` })
      return { ...recordedAtStop('worker', worker, opsUrl), opsUrl }
    },
    board: async (): Promise<BoardProcess> => {
      const port = await freePort()
      const opsPort = await freePort()
      const access = { user: 'operator', password: randomBytes(12).toString('base64url') }
      recordNeedle('the password of the board', access.password)
      const env = {
        ...shared,
        BOARD_HOST: '127.0.0.1',
        BOARD_PORT: String(port),
        BOARD_USER: access.user,
        BOARD_PASSWORD: access.password,
        OPS_PORT: String(opsPort),
      }
      const opsUrl = loopback(opsPort)
      const board = await startProcess('board', { env, ready: `${opsUrl}/readyz` })
      return { ...recordedAtStop('board', board, opsUrl), ...access, opsUrl, url: loopback(port) }
    },
  }
}

/** The metrics of a process say all about its life when it ends. */
const recordedAtStop = (name: string, started: RunningProcess, opsUrl: string): RunningProcess => ({
  ...started,
  async stop() {
    await recordMetrics(name, opsUrl)
    return await started.stop()
  },
})

const loopback = (port: number): string => `http://127.0.0.1:${port}`
