import { spawn } from 'node:child_process'
import path from 'node:path'
import { machineEnvironment, repositoryRoot } from '@ponte/testbed'
import { countEvents, readFigures, sumFigures } from '@ponte/state'
import { Redis } from 'ioredis'
import { expect, inject, onTestFinished } from 'vitest'
import type { OwnCompany } from '../company.ts'
import { isQuiet } from '../jobs.ts'

const headings = ['Email', 'Nome', 'Celular', 'Cargo', 'Cidade', 'Estado', 'Data da última conversão', 'Observação']

/** RD Station's export of so many people. Every fifth has no date, and every seventh holds what has to be quoted. */
export function exportOf(people: number): string {
  const rows = Array.from({ length: people }, (_, index) => {
    const note = index % 7 === 0 ? '"linha um\r\nlinha ""dois"", fim"' : `nota ${index}`
    const at = index % 5 === 0 ? '' : `2023-07-11 16:${String(index % 60).padStart(2, '0')}:06 -0300`
    const phone = `34 9${String(90_000_000 + index)}`
    return [emailOf(index), `Pessoa ${index}`, phone, `Cargo ${index}`, 'Uberaba', 'MG', at, note].join(',')
  })
  return [headings.join(','), ...rows, ''].join('\r\n')
}
export const emailOf = (index: number): string => `importada.${index}@cliente.example`

/** `ponte import FILE …` in a process of its own, which a test may kill. */
export function startImport({ ponte }: OwnCompany, argv: readonly string[]) {
  const main = path.join(repositoryRoot, 'apps/cli/src/main.ts')
  const child = spawn(process.execPath, [main, 'import', ...argv, '--json'], {
    env: { ...machineEnvironment(), ...ponte.settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', text => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', text => (stderr += text))
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>(resolve =>
    child.on('close', code => resolve({ code, stdout, stderr })),
  )
  return { ended, kill: (signal: NodeJS.Signals) => child.kill(signal) }
}

/** Runs the command to its end. */
export async function importAll(company: OwnCompany, argv: readonly string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await startImport(company, argv).ended
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout)
}

export const untilImported = (company: OwnCompany, timeout: number): Promise<void> =>
  expect.poll(() => isQuiet(company.ponte.tenant.name, 'totvs-crm'), { timeout, interval: 200 }).toBe(true)

/** The leads by e-mail, without what differs from company to company, and how many opportunities each has. */
export async function standingOf({ crm }: OwnCompany) {
  const [leads, opportunities] = await Promise.all([crm.leads(), crm.opportunities()])
  const counts = Map.groupBy(opportunities, ({ leadId }) => leadId)
  const standing = leads.map(({ id, name, emails, phones, addresses, jobTitle, externalId, ...rest }) => ({
    ...{ name, emails, phones, addresses, jobTitle, externalId, customFields: rest.customFields },
    opportunities: counts.get(id)?.length ?? 0,
  }))
  const keyOf = ({ emails }: (typeof standing)[number]): string => JSON.stringify(emails)
  return standing.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1))
}

/**
 * Imports the file and is interrupted three times: the command is killed, then the worker, then both. Goes on each time, and ends when
 * everything is in TOTVS CRM. `people`: how many rows the file has.
 */
export async function importInterrupted(company: OwnCompany, argv: readonly string[], people: number): Promise<void> {
  const { name } = company.ponte.tenant
  const redis = new Redis(inject('redisUrl'))
  onTestFinished(() => redis.disconnect())
  // Not asked of TOTVS CRM: it would have to list thousands of leads again and again.
  const countDone = async (): Promise<number> => {
    const request = { period: '24h', now: Date.now(), timeZone: 'America/Sao_Paulo' } as const
    const spans = (await readFigures(redis, [name], request)).get(name) ?? []
    return countEvents(sumFigures(spans.map(({ figures }) => figures)), 'done')
  }
  const untilDone = (share: number) =>
    expect.poll(countDone, { timeout: 1_800_000, interval: 50 }).toBeGreaterThanOrEqual(Math.ceil(people * share))
  const killWorker = async (): Promise<void> => {
    await company.ponte.workers.at(-1)?.kill('SIGKILL')
    await company.ponte.startWorker()
  }
  for (const [share, kills] of [
    [0.2, 'command'],
    [0.45, 'worker'],
    [0.7, 'both'],
  ] as const) {
    const command = startImport(company, argv)
    await untilDone(share)
    if (kills !== 'worker') command.kill('SIGKILL')
    if (kills !== 'command') await killWorker()
    command.kill('SIGKILL')
    // It was under way: it had not ended by itself.
    expect((await command.ended).code).toBeNull()
  }
  await importAll(company, argv)
}
