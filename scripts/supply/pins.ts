import { glob, readFile } from 'node:fs/promises'
import path from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'

const IMAGE = /:[\w.-]+@sha256:[0-9a-f]{64}$/
/** A tag of a repository can be moved, a commit cannot. */
const ACTION = /^(?:\.\/.*|[^@]+@[0-9a-f]{40}|docker:\/\/.*@sha256:[0-9a-f]{64})$/

const composeFile = z.object({
  services: z.record(z.string(), z.object({ image: z.string().optional(), build: z.unknown().optional() })).default({}),
})

/** The images that others made and the actions of CI that are not named by version and digest, with the file that names them. */
export async function findUnpinned(root: string): Promise<string[]> {
  return [
    ...(await readEach(root, '**/{Dockerfile,*.Dockerfile,Dockerfile.*}', ofDockerfile)),
    ...(await readEach(root, '**/*compose*.{yml,yaml}', ofCompose)),
    ...(await readEach(root, '.github/{workflows,actions}/**/*.{yml,yaml}', ofWorkflow)),
  ]
}

async function readEach(root: string, pattern: string, find: (text: string) => readonly string[]): Promise<string[]> {
  const found: string[] = []
  for await (const file of glob(pattern, { cwd: root, exclude: ['**/node_modules/**'] })) {
    const names = find(await readFile(path.join(root, file), 'utf8'))
    found.push(...names.map(name => `${file}: ${name}`))
  }
  return found
}

function ofDockerfile(text: string): string[] {
  const defaults = new Map([...text.matchAll(/^ARG (\w+)=(\S+)$/gm)].map(([, name = '', value = '']) => [name, value]))
  const stages = new Set([...text.matchAll(/^FROM .* AS (\S+)$/gim)].map(([, stage]) => stage))
  const images = [...text.matchAll(/^FROM (?:--\S+ )?(\S+)|^(?:COPY|ADD) --from=(\S+)/gim)]
    .map(([, from, copiedFrom]) => from ?? copiedFrom ?? '')
    .map(image => image.replace(/^\$\{?(\w+)\}?$/, (whole, name: string) => defaults.get(name) ?? whole))
  // A syntax line has the builder fetch an image of its own.
  const syntax = [...text.matchAll(/^# *syntax *= *(\S+)/gim)].map(([, image = '']) => image)
  return [...images, ...syntax].filter(image => !stages.has(image) && !IMAGE.test(image))
}

function ofCompose(text: string): string[] {
  const { services } = composeFile.parse(parse(text, { merge: true }))
  return Object.values(services).flatMap(({ image, build }) => {
    if (image === undefined || build !== undefined) return []
    // `${NAME:-default}`: what is taken unless somebody names another.
    const taken = /^\$\{\w+:-(.*)\}$/.exec(image)?.[1] ?? image
    return IMAGE.test(taken) ? [] : [taken]
  })
}

const ofWorkflow = (text: string): string[] =>
  [...text.matchAll(/\buses: *['"]?([^\s'"]+)/g)]
    .map(([, action = '']) => action)
    .filter(action => !ACTION.test(action))
