import { expect, onTestFinished, test } from 'vitest'
import { newEmail, startCompany } from '../support/company.ts'

test('SIGHUP ends no process: each goes on with its work, and ends in order on SIGTERM', async () => {
  const company = await startCompany({ board: true })
  onTestFinished(() => company.stop())
  const { ingress, workers, board } = company.ponte
  const processes = [ingress, ...workers, ...(board === undefined ? [] : [board])]
  expect(processes).toHaveLength(3)
  for (const { pid } of processes) process.kill(pid, 'SIGHUP')
  await company.bring({ name: 'Depois do sinal', email: newEmail() })
  expect(await Promise.all(processes.map(each => each.stop()))).toEqual(
    processes.map(() => ({ code: 0, signal: null })),
  )
})
