import { buildSandbox } from './app.ts'

const port = Number(process.env.SANDBOX_PORT ?? 3010)
const host = process.env.SANDBOX_HOST ?? '127.0.0.1'

const sandbox = buildSandbox()
process.once('SIGTERM', () => void sandbox.close())
process.once('SIGINT', () => void sandbox.close())

process.stdout.write(`Sandbox of RD Station and TOTVS CRM: ${await sandbox.listen({ port, host })}\n`)
