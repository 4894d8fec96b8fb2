import { crmEventNames, events } from '@ponte/contracts'
import { createWorlds } from './worlds.ts'

const port = Number(process.env.SANDBOX_PORT ?? 3010)
const host = process.env.SANDBOX_HOST ?? '127.0.0.1'

/** `npm run start:sandbox -- http://127.0.0.1:3000/webhooks/demo`: where TOTVS CRM's workflows are to call Ponte. None: there are none. */
const [ponte] = process.argv.slice(2)

const sandbox = createWorlds()
function stop(): void {
  sandbox.close()
  // Otherwise a fault of kind `hang` would keep the process from closing.
  sandbox.closeAllConnections()
}
process.once('SIGTERM', stop)
process.once('SIGINT', stop)

sandbox.listen(port, host, () => {
  process.stdout.write(`Sandbox of RD Station and TOTVS CRM: http://${host}:${port}\n`)
  if (ponte !== undefined) void addWorkflows(ponte)
})

/** What a person does on the screens of TOTVS CRM (docs/installing.md). */
async function addWorkflows(tenant: string): Promise<void> {
  const workflows = crmEventNames.map(name => ({
    trigger: events[name].trigger.description,
    url: `${tenant}/totvs-crm/${events[name].intent}`,
    headers: { apiToken: 'demo-crm-webhook-token-of-the-sandbox' },
  }))
  const { ok } = await fetch(`http://127.0.0.1:${port}/control/crm/demo`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ workflows }),
  })
  process.stdout.write(ok ? `TOTVS CRM calls ${tenant}\n` : `${tenant} is no address for workflows\n`)
}
