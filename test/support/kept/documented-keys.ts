import { readFileSync } from 'node:fs'
import path from 'node:path'
import { repositoryRoot } from '@ponte/testbed'

/** The rows of docs/behaviour/redis.md: the pattern of a key, with what its table says all begin with, and its life. */
const page = readFileSync(path.join(repositoryRoot, 'docs/behaviour/redis.md'), 'utf8')
export const documentedKeys = [...page.matchAll(/, each after `([^`]+)`\n\n((?:\|.*\n)+)/g)].flatMap(
  ([, prefix = '', table = '']) =>
    [...table.matchAll(/^\| `([^`]+)` \| [^|]+ \| ([^|]+) \|/gm)].map(([, key = '', life = '']) => ({
      key: `${prefix}${key}`,
      life,
    })),
)

const escape = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)

/** The keys of a row: `<system>` and the like stand for one part of a key, and `<name>` for the rest of it. */
export const patternOf = (row: string, tenant: string): RegExp =>
  new RegExp(
    `^${escape(row.replace('<tenant>', tenant))
      .replaceAll('<name>', '.+')
      .replaceAll(/<[a-z]+>/g, '[^:]+')}$`,
  )
