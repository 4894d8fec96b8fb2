import { afterAll } from 'vitest'
import { closeQueues } from './jobs.ts'

afterAll(closeQueues)
