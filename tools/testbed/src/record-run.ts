import type { ChildProcess } from 'node:child_process'
import { appendFileSync, createWriteStream } from 'node:fs'
import path from 'node:path'

/**
 * `npm test` names a folder in `PONTE_TEST_RECORD`, and scans it when all tests have run: no log line, metric, trace or alert of the
 * whole run may hold anything of a person, or a secret. Without a folder nothing is recorded.
 */
const folder = (): string | undefined => process.env['PONTE_TEST_RECORD'] || undefined

/** Keeps all that a process writes. */
export function recordOutput(name: string, { pid, stdout, stderr }: ChildProcess): void {
  const to = folder()
  if (to === undefined) return
  const file = createWriteStream(path.join(to, `${name}-${pid}.log.txt`), { flags: 'a' })
  for (const stream of [stdout, stderr]) stream?.pipe(file, { end: false })
}

/** Keeps what left Ponte by another way: a page of metrics, a trace, an alert. */
export function recordText(name: string, text: string): void {
  const to = folder()
  if (to !== undefined && text !== '') appendFileSync(path.join(to, `${name}.txt`), `${text}\n`)
}

/** Keeps the page of metrics of a process that is about to stop. Never rejects: it may have been killed. */
export async function recordMetrics(name: string, opsUrl: string): Promise<void> {
  if (folder() === undefined) return
  const page = await fetch(`${opsUrl}/metrics`, { signal: AbortSignal.timeout(2000) })
    .then(async response => await response.text())
    .catch(() => '')
  recordText(`${name}.metrics`, page)
}

/** What must be found nowhere: `what` says what it is, so that a finding does not have to repeat the text. */
export function recordNeedle(what: string, text: string | undefined): void {
  const to = folder()
  if (to !== undefined && text !== undefined && text !== '')
    appendFileSync(path.join(to, 'needles.jsonl'), `${JSON.stringify({ what, text })}\n`)
}
