export { type Cell, csvOf } from './report/csv.ts'
