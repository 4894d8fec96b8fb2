import type {
  AccountChange,
  AccountOrder,
  Call,
  CallFilter,
  ContactSeed,
  ConversionOrder,
  CrmLeadState,
  CrmOpportunityState,
  CrmTenantState,
  CrmUserState,
  Delivery,
  DeliveryFilter,
  Fault,
  FaultOrder,
  LeadWebhook,
  MarkOrder,
  QuotaStatistics,
  RdAccountState,
  RdContactState,
  TenantChange,
  TenantOrder,
} from '@ponte/sandbox/shapes'

export type * from '@ponte/sandbox/shapes'
export type SandboxClient = ReturnType<typeof createSandboxClient>

/**
 * The verbs of a running sandbox: what people, networks and vendors do to the two systems, and what these saw.
 * `baseUrl` is that of the sandbox, or of one of its worlds. A verb that the sandbox refuses throws an `Error` with the sandbox's reason.
 */
export function createSandboxClient(baseUrl: string) {
  const control = createControl(`${baseUrl.replace(/\/$/, '')}/control`)

  return {
    baseUrl,
    /** `rdStation.baseUrl` of a tenant; its `tokenUrl` is this and `/auth/token`. */
    rdUrl: `${baseUrl}/rd`,
    /** `totvsCrm.baseUrl` of a tenant. */
    crmUrl: `${baseUrl}/crm`,
    /** Back to the two demo accounts, with nothing recorded and no webhook under way. */
    reset: () => control<void>('POST', '/reset'),

    /** It is this time now for both systems, and goes on from there; without one, it is what the machine's clock says. */
    setClock: (at?: Date) => control<void>('POST', '/clock', at === undefined ? {} : { at: at.toISOString() }),

    /** What the two APIs received, in order of arrival. Passwords and tokens are `***`. */
    calls: (filter: CallFilter = {}) => control<Call[]>('GET', `/calls${query(filter)}`),
    clearCalls: () => control<void>('DELETE', '/calls'),
    /** The webhooks that the two systems sent or hold, with every attempt. */
    deliveries: (filter: DeliveryFilter = {}) => control<Delivery[]>('GET', `/deliveries${query(filter)}`),
    /** Sends a webhook again, with the same event id. Resolves after the first attempt. */
    redeliver: (id: string) => control<Delivery>('POST', `/deliveries/${id}/redeliver`),

    addFault: (fault: FaultOrder) => control<Fault>('POST', '/faults', fault),
    faults: () => control<Fault[]>('GET', '/faults'),
    /** One fault, or all of them. */
    clearFaults: (id?: number) => control<void>('DELETE', id === undefined ? '/faults' : `/faults/${id}`),

    rd: (account = 'demo') => rdVerbs(control, `/rd/${account}`),
    crm: (tenant = 'demo') => crmVerbs(control, `/crm/${tenant}`),
  }
}

function rdVerbs(control: Control, path: string) {
  const pathOf = (contact: string) => `${path}/contacts/${encodeURIComponent(contact)}`

  return {
    /** Creates the account, or makes it new. */
    put: (account: AccountOrder) => control<RdAccountState>('PUT', path, account),
    state: () => control<RdAccountState>('GET', path),
    change: (change: AccountChange) => control<RdAccountState>('PATCH', path, change),
    quotas: () => control<QuotaStatistics>('GET', `${path}/quotas`),
    /** Every access token is expired from now on; the refresh token lives. */
    expireTokens: () => control<void>('POST', `${path}/tokens/expire`),
    /** The user disconnects the app. `change({ refreshToken })` connects it again. */
    revokeTokens: () => control<void>('POST', `${path}/tokens/revoke`),

    /** Segmentation 1 is there: all contacts. */
    setSegmentation: (id: string, contacts: readonly string[]) =>
      control<void>('PUT', `${path}/segmentations/${id}`, { contacts }),
    addContact: (contact: ContactSeed) => control<RdContactState>('POST', `${path}/contacts`, contact),
    /** `contact`: a uuid, `email:…` or `phone:…`, here and below. */
    contact: (contact: string) => control<RdContactState>('GET', pathOf(contact)),
    changeContact: (contact: string, change: ContactSeed) => control<RdContactState>('PATCH', pathOf(contact), change),
    removeContact: (contact: string) => control<void>('DELETE', pathOf(contact)),
    /** The contact fills a form in. Sends no webhook but those that are registered at RD's API or set up in the account. */
    convert: (contact: string, conversion: ConversionOrder = {}) =>
      control<RdContactState>('POST', `${pathOf(contact)}/conversions`, conversion),
    /** Somebody in marketing marks the contact in RD Station's screens; sends the same webhooks as a mark by its API. */
    mark: (contact: string, order: MarkOrder = {}) =>
      control<RdContactState>('POST', `${pathOf(contact)}/marks`, order),
    /** An automation flow sends a lead. Resolves after the first attempt; RD's repeats go on by themselves. */
    deliverLead: (webhook: LeadWebhook) => control<Delivery>('POST', `${path}/webhooks`, webhook),
    /** From now on what conversions and marks would send is written down and waits: `deliveries({ state: 'held' })`. */
    holdWebhooks: () => control<void>('POST', `${path}/webhooks/hold`),
    /** The given ones in the given order, the rest stays held; without ids all of them, and the holding ends. */
    releaseWebhooks: (ids?: readonly string[]) =>
      control<Delivery[]>('POST', `${path}/webhooks/release`, ids === undefined ? {} : { ids }),
    /** The webhooks of the API: their addresses kept failing. Nothing is sent to them any more. */
    suspendWebhooks: () => control<void>('POST', `${path}/webhooks/suspend`),
  }
}

function crmVerbs(control: Control, path: string) {
  return {
    /** Creates the tenant, or makes it new. */
    put: (tenant: TenantOrder) => control<CrmTenantState>('PUT', path, tenant),
    state: () => control<CrmTenantState>('GET', path),
    /** `workflows`, `pipelines`, `stages` and `opportunityTypes` replace what there is. */
    change: (change: TenantChange) => control<CrmTenantState>('PATCH', path, change),
    expireSessions: () => control<void>('POST', `${path}/sessions/expire`),

    addUser: (user: Partial<CrmUserState> & Pick<CrmUserState, 'userEmail'>) =>
      control<CrmUserState>('POST', `${path}/users`, user),
    changeUser: (id: string, change: Partial<Omit<CrmUserState, 'id'>>) =>
      control<CrmUserState>('PATCH', `${path}/users/${id}`, change),

    leads: (filter: { externalId?: string } = {}) => control<CrmLeadState[]>('GET', `${path}/leads${query(filter)}`),
    opportunities: (filter: { leadId?: string } = {}) =>
      control<CrmOpportunityState[]>('GET', `${path}/opportunities${query(filter)}`),

    addLead: (lead: Partial<CrmLeadState>) => control<CrmLeadState>('POST', `${path}/leads`, lead),
    lead: (id: string) => control<CrmLeadState>('GET', `${path}/leads/${id}`),
    changeLead: (id: string, change: Partial<CrmLeadState>) =>
      control<CrmLeadState>('PATCH', `${path}/leads/${id}`, change),
    removeLead: (id: string) => control<void>('DELETE', `${path}/leads/${id}`),

    /** A person's doing, here and below: fires the workflows. Missing members take the tenant's first entries. */
    addOpportunity: (opportunity: OpportunityChange & { id?: string }) =>
      control<CrmOpportunityState>('POST', `${path}/opportunities`, opportunity),
    opportunity: (id: string) => control<CrmOpportunityState>('GET', `${path}/opportunities/${id}`),
    changeOpportunity: (id: string, change: OpportunityChange) =>
      control<CrmOpportunityState>('PATCH', `${path}/opportunities/${id}`, change),
    /** Without a value, the one it has stays. Reais. */
    win: (id: string, totalValue?: number | null, shown: ShownLate = {}) =>
      control<CrmOpportunityState>('POST', `${path}/opportunities/${id}/win`, {
        ...(totalValue !== undefined && { totalValue }),
        ...shown,
      }),
    lose: (id: string, reason?: string, shown: ShownLate = {}) =>
      control<CrmOpportunityState>('POST', `${path}/opportunities/${id}/lose`, {
        ...(reason !== undefined && { reason }),
        ...shown,
      }),
    reopen: (id: string) => control<CrmOpportunityState>('POST', `${path}/opportunities/${id}/reopen`),
    removeOpportunity: (id: string) => control<void>('DELETE', `${path}/opportunities/${id}`),

    /** From now on webhooks are written down and wait. They are `deliveries({ state: 'held' })`. */
    holdWebhooks: () => control<void>('POST', `${path}/webhooks/hold`),
    /** The given ones in the given order, the rest stays held; without ids all of them, and the holding ends. */
    releaseWebhooks: (ids?: readonly string[]) =>
      control<Delivery[]>('POST', `${path}/webhooks/release`, ids === undefined ? {} : { ids }),
  }
}

interface ShownLate {
  /** For so long its address goes on showing the opportunity as it was. */
  readonly shownLateMs?: number
}

type OpportunityChange = Partial<
  Omit<CrmOpportunityState, 'id' | 'pipeline' | 'stage' | 'opportunityType' | 'totalValue'>
> & {
  pipeline?: { id: string }
  stage?: { id: string }
  opportunityType?: { id: string }
  /** A CRM could hold anything here. */
  totalValue?: unknown
}

type Control = ReturnType<typeof createControl>

function createControl(controlUrl: string) {
  return async <Answer>(method: string, path: string, body?: unknown): Promise<Answer> => {
    const response = await fetch(`${controlUrl}${path}`, {
      method,
      ...(body !== undefined && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`The sandbox answered ${response.status} to ${method} ${path}: ${text}`)
    // The sandbox declares its answers; this file's test compares them with what it sends.
    const answer: Answer = text === '' ? undefined : JSON.parse(text)
    return answer
  }
}

function query(filter: object): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(filter)) {
    if (value !== undefined) parameters.set(name, String(value))
  }
  return parameters.size === 0 ? '' : `?${parameters.toString()}`
}
