export { type Cell, csvOf } from './report/csv.ts'
export { createFailedJobs, type FailedJob, type FailedJobReader } from './failures/failed-jobs.ts'
