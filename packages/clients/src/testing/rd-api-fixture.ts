import { readFileSync } from 'node:fs'

const folder = new URL('../../../webhooks/fixtures/rd-api/', import.meta.url)

/** A call or an answer of RD Station's API, e.g. `rdApiFixture('errors/rd-api-18-error-404')`. */
export const rdApiFixture = (name: string): unknown => JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'))
