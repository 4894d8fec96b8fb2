import { readFileSync } from 'node:fs'
import { monitorRedis } from '@ponte/testbed'
import type { Redis } from 'ioredis'
import pidusage from 'pidusage'

/** Milliseconds of processor time that a process has used so far. */
export const cpuOf = async (pid: number): Promise<number> => (await pidusage(pid)).ctime

/** A clock tick in Linux's files about processes. */
const TICK_MS = 10

/** Milliseconds of processor time that the main thread of a process has used so far. Linux only. */
export function mainThreadCpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/task/${pid}/stat`, 'utf8')
  // After the name, which may hold spaces: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

/** Resident memory, in bytes. */
export const memoryOf = async (pid: number): Promise<number> => (await pidusage(pid)).memory

export async function readRedisInfo(redis: Redis): Promise<{
  /** Milliseconds of processor time so far. */
  readonly cpuMs: number
  /** Bytes that its data take. */
  readonly dataBytes: number
  /** Changes to keys so far. */
  readonly changes: number
  /** Bytes of the append-only file. */
  readonly fileBytes: number
}> {
  const info = await redis.info()
  const read = (name: string): number => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1] ?? Number.NaN)
  return {
    cpuMs: (read('used_cpu_user') + read('used_cpu_sys')) * 1000,
    dataBytes: read('used_memory_dataset'),
    changes: read('rdb_changes_since_last_save'),
    fileBytes: read('aof_current_size'),
  }
}

/** How many commands clients send while `work` runs: without those that scripts call, and without what waits for a job. */
export async function countCommands(redisUrl: string, work: () => Promise<unknown>): Promise<number> {
  let count = 0
  const stop = await monitorRedis(redisUrl, ({ words: [command = ''] }) => {
    if (command.toLowerCase() !== 'bzpopmin') count += 1
  })
  await work()
  stop()
  return count
}
