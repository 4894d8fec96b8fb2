/** What both sides of a measurement look up in TOTVS CRM. */
export const userId = '3f0c8f9e-0000-4000-8000-000000000001'
export const roleId = '3f0c8f9e-0000-4000-8000-0000000000f1'
export const pipelineId = '51d1b5c2-0000-4000-8000-000000000001'
export const stageId = '6a0e3d77-0000-4000-8000-000000000003'
export const typeId = '7b9f4e88-0000-4000-8000-000000000002'

/** The ids of contacts that TOTVS CRM knows already, with an open opportunity, begin like this. */
export const KNOWN = '00000000-'
