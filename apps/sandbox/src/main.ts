import { createWorlds } from './worlds.ts'

const port = Number(process.env.SANDBOX_PORT ?? 3010)
const host = process.env.SANDBOX_HOST ?? '127.0.0.1'

const sandbox = createWorlds()
function stop(): void {
  sandbox.close()
  // Otherwise a fault of kind `hang` would keep the process from closing.
  sandbox.closeAllConnections()
}
process.once('SIGTERM', stop)
process.once('SIGINT', stop)

sandbox.listen(port, host, () => process.stdout.write(`Sandbox of RD Station and TOTVS CRM: http://${host}:${port}\n`))
