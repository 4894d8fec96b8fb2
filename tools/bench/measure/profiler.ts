/**
 * Loaded into a process that is measured (`--import`). With the first SIGUSR2 a profile of its main thread begins, and with the next one
 * it is written to BENCH_PROFILES, as `PID.json`.
 */
import { renameSync, writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import path from 'node:path'
import { isMainThread } from 'node:worker_threads'

/** Five times as often as V8 does by itself: a delivery takes a tenth of a millisecond. */
const SAMPLE_EVERY_US = 200

const folder = process.env['BENCH_PROFILES']
if (isMainThread && folder !== undefined) {
  const file = path.join(folder, `${process.pid}.json`)
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_EVERY_US })
  let isRunning = false
  process.on('SIGUSR2', () => void (isRunning ? end() : begin()))

  async function begin(): Promise<void> {
    isRunning = true
    await session.post('Profiler.start')
  }

  async function end(): Promise<void> {
    isRunning = false
    const { profile } = await session.post('Profiler.stop')
    writeFileSync(`${file}.part`, JSON.stringify(profile))
    // Whoever waits for the file finds it whole.
    renameSync(`${file}.part`, file)
  }
}
