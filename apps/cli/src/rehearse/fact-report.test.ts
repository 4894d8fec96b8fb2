import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { textsOf } from '../texts/texts.ts'
import { createFactReport, openEvidence } from './fact-report.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'evidence-'))
})
afterAll(() => rm(folder, { recursive: true }))

test('a run that was killed before Redis had its answers takes them from its own evidence, and writes none twice', async () => {
  const file = path.join(folder, 'evidence.jsonl')
  const open = (rehearsal: string) => openEvidence(file, { rehearsal }, { texts: textsOf.en })
  await createFactReport({ evidence: await open('other') }).answer('crm-login', false)
  await createFactReport({ evidence: await open('killed') }).answer('crm-login', true)
  await appendFile(file, '{"id":"crm-')
  const evidence = await open('killed')
  const report = createFactReport({ known: evidence.answers, evidence })
  await report.answer('crm-login', false)
  expect(report.answered()).toEqual([{ id: 'crm-login', held: true }])
  expect((await readFile(file, 'utf8')).match(/"crm-login"/g)).toHaveLength(2)
})
