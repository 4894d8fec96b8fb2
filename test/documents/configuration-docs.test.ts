import { readFileSync } from 'node:fs'
import path from 'node:path'
import { isRecord } from '@ponte/contracts'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { tenantSettings } from '../../scripts/configuration-page.ts'

const root = path.resolve(import.meta.dirname, '../..')
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')
const settings = [...read('docs/configuration.md').matchAll(/^\| `([A-Za-z][\w.]+)` \|.*\| ([^|]*) \|$/gm)].map(
  ([, name = '', description = '']) => ({ name, description }),
)

test('every setting says what it is', () => {
  expect(settings.length).toBeGreaterThan(80)
  expect(settings.filter(({ description }) => description === '')).toEqual([])
})

test('the examples name every variable of the environment that Docker Compose passes on', () => {
  const environment = ['.env.example', 'docker-compose.yml', 'Dockerfile'].map(read).join('\n')
  const missing = settings.filter(({ name }) => /^[A-Z]/.test(name) && !environment.includes(name))
  // Where Compose runs Ponte nobody sets these: containers have one address each, and its Redis has no replicas.
  const ofProcessesAlone = [
    'INGRESS_HOST',
    'INGRESS_PORT',
    'BOARD_HOST',
    'BOARD_PORT',
    'PONTE_CONFIG',
    'REDIS_WAIT_REPLICAS',
  ]
  expect(missing.map(({ name }) => name).filter(name => !ofProcessesAlone.includes(name))).toEqual([])
})

test('the example names every setting of a tenant, commented out where it has a default or is seldom needed', () => {
  const example = read('ponte.config.example.yaml')
  const whole = example.replaceAll(/^ *(?:# +)+(?=\w+:)/gm, indent => indent.replaceAll('# ', ''))
  const shown: unknown = parse(whole)
  const isNamed = (place: string): boolean =>
    ['tenants', 'acme', ...place.split('.')].reduce<unknown>(
      (parent, name) => (isRecord(parent) ? parent[name] : undefined),
      shown,
    ) !== undefined
  expect(tenantSettings().filter(place => !isNamed(place))).toEqual([])
})
