/** What Ponte has to know of a system that it connects. What needs code of one room stands there, in a `Record<System, …>`. */
interface SystemRow {
  /** Its name in texts. */
  readonly name: string
  /** Its section of the tenants file, and the name of its tokens under `webhookTokens`. */
  readonly section: string
  /** The code of a failure of which nothing else is known. */
  readonly unavailable: `${string}_UNAVAILABLE`
  /** How Ponte is let in: by a person who connects the account, or by a login of the tenants file. */
  readonly access: 'account' | 'login'
  /** The figure that its calls count as; undefined where each call counts for its quota. */
  readonly figure: 'crm' | undefined
  /** It limits calls: the jobs that write to it wait for slots. */
  readonly hasQuota: boolean
}

/** Every system, in the order in which jobs call them. Each is a destination of jobs and a source of deliveries as well. */
const table = {
  'totvs-crm': {
    name: 'TOTVS CRM',
    section: 'totvsCrm',
    unavailable: 'CRM_UNAVAILABLE',
    access: 'login',
    figure: 'crm',
    hasQuota: false,
  },
  'rd-station': {
    name: 'RD Station',
    section: 'rdStation',
    unavailable: 'RD_UNAVAILABLE',
    access: 'account',
    figure: undefined,
    hasQuota: true,
  },
} as const satisfies Readonly<Record<string, SystemRow>>

/** A system that is called. */
export type System = keyof typeof table
export const systemTable: typeof table = table

/** Type guard: is this the name of a system? */
export const isSystem = (text: string): text is System => Object.hasOwn(table, text)
export const systems: readonly System[] = Object.keys(table).filter(isSystem)

/** Where a job writes to. There is one queue for each tenant and destination. */
export type Destination = System
export const destinations: readonly Destination[] = [...systems]

export const systemNames = {
  'totvs-crm': table['totvs-crm'].name,
  'rd-station': table['rd-station'].name,
} as const satisfies Record<System, string>
