import type { TenantSettings } from '@ponte/contracts'
import type { ReconcileRecord } from '@ponte/state'

/** The hours of the night in which the whole list is read: from the first until before the second. */
const NIGHT = [2, 5] as const

export interface DueReconcile {
  readonly readsWholeList: boolean
  /** yyyy-mm-dd in the time zone of the installation. */
  readonly day: string
}

/** Whether a reconcile is due, and of which kind. `now`: milliseconds since 1970. */
export function planReconcile(
  setting: TenantSettings['reconcile'],
  last: ReconcileRecord | undefined,
  { now, timeZone }: { readonly now: number; readonly timeZone: string },
): DueReconcile | undefined {
  if (setting?.everyMinutes === undefined) return undefined
  const { day, hour } = clockOf(now, timeZone)
  if (hour >= NIGHT[0] && hour < NIGHT[1] && last?.wholeDay !== day) return { readsWholeList: true, day }
  const isDue = last === undefined || last.at + setting.everyMinutes * 60_000 <= now
  return isDue ? { readsWholeList: false, day } : undefined
}

function clockOf(now: number, timeZone: string): { readonly day: string; readonly hour: number } {
  const parts = new Intl.DateTimeFormat('en-CA', {
    ...{ timeZone, hourCycle: 'h23', hour: '2-digit' },
    ...{ year: 'numeric', month: '2-digit', day: '2-digit' },
  }).formatToParts(now)
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.find(each => each.type === type)?.value ?? ''
  return { day: `${part('year')}-${part('month')}-${part('day')}`, hour: Number(part('hour')) }
}
