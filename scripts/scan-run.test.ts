import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { scanRun } from './scan-run.ts'

async function record(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-scan-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text)
  return folder
}
const needles = [
  { what: 'a name', text: 'Zé "Bão" Ação' },
  { what: 'a telephone', text: '+55 47 98888-7777' },
  { what: 'a password', text: 'demo-password' },
]
const needleFile = needles.map(needle => JSON.stringify(needle)).join('\n')

test.each([
  ['worker-1.log.txt', `{"msg":"x"}\n{"name":${JSON.stringify('Zé "Bão" Ação')}}\n`, 2, 'a name'],
  ['worker-1.log.txt', `?q=${encodeURIComponent('Zé "Bão" Ação')}\n`, 1, 'a name'],
  ['traces.txt', 'fine\nfine\n5547988887777\n', 3, 'a telephone'],
  ['worker.metrics.txt', 'x{y="demo-password"} 1\n', 1, 'a password'],
  ['alerts.txt', 'Falhou: maria.silva+1@cliente.example\n', 1, 'an e-mail address'],
])('what must be nowhere is found in %s with its line, and not repeated (%#)', async (file, text, line, what) => {
  const scan = await scanRun(await record({ 'needles.jsonl': needleFile, [file]: text }))
  expect(scan.leaks).toEqual([{ file, line, what }])
})

test('the random id of a job, of an event or of a timeline holds no name', async () => {
  const needle = JSON.stringify({ what: 'a name', text: 'Bia' })
  const line = (id: string): string => `{"jobId":"${id}","msg":"job failed permanently"}\n`
  const kinds = ['lead-', 'opportunity-', 'import-', 'delivery-', 'rd1-', '/events/acme/']
  const text = kinds.map(kind => line(`${kind}aEHl2o4XTNquBiaO1POD`) + line(`${kind}-iaBia4XTNquNdaO1PO_`)).join('')
  const scan = await scanRun(await record({ 'needles.jsonl': needle, 'worker-1.log.txt': `${text}Bia\nlead-Bia\n` }))
  expect(scan.leaks.map(({ line: number, what }) => [number, what])).toEqual([
    [13, 'a name'],
    [14, 'a name'],
  ])
})

test('masked addresses, packages and paths are no addresses, and what was looked through is counted', async () => {
  const text = 'm***@c***.example\nnode_modules/.pnpm/got@16.1.0/node_modules/@ponte/state\n'
  const scan = await scanRun(await record({ 'needles.jsonl': needleFile, 'a.txt': text, 'b.txt': 'x\n' }))
  expect(scan).toEqual({ files: 2, lines: 3, needles: 3, leaks: [] })
})
