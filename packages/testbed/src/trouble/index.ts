export { countJobs } from './queue-counts.ts'
export { createRepairs, type RepairName, repairNames } from './repairs.ts'
export { EMAIL_FIELD, troubleTenants } from './trouble-tenants.ts'
export { CRM_FIELD, plantTrouble, SALE_LIMIT } from './trouble-steps.ts'
