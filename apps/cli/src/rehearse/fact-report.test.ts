import { appendFile, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { useFolder } from '../testing/use-cli-set-up.ts'
import { textsOf } from '../texts/texts.ts'
import { createFactReport, openEvidence } from './fact-report.ts'

const { pathOf } = useFolder()
const open = (file: string, rehearsal: string) => openEvidence(pathOf(file), { rehearsal }, { texts: textsOf.en })

test('a run that was killed before Redis had its answers takes them from its own evidence, and writes none twice', async () => {
  await createFactReport({ evidence: await open('one', 'killed') }).answer('crm-login', true)
  await appendFile(pathOf('one'), '{"id":"crm-')
  const report = createFactReport({ evidence: await open('one', 'killed') })
  await report.answer('crm-login', false)
  expect(report.answered()).toEqual([{ id: 'crm-login', held: true }])
  expect((await readFile(pathOf('one'), 'utf8')).match(/"crm-login"/g)).toHaveLength(1)
})

test('runs that share a file, one of them resumed after another, each keep their own answers', async () => {
  await createFactReport({ evidence: await open('shared', 'one') }).answer('crm-login', true)
  await createFactReport({ evidence: await open('shared', 'two') }).answer('crm-login', false)
  await createFactReport({ evidence: await open('shared', 'one') }).answer('crm-paging', true)
  const answersOf = async (rehearsal: string) =>
    createFactReport({ evidence: await open('shared', rehearsal) }).answered()
  expect(await answersOf('two')).toEqual([{ id: 'crm-login', held: false }])
  expect(await answersOf('one')).toEqual([
    { id: 'crm-login', held: true },
    { id: 'crm-paging', held: true },
  ])
})
