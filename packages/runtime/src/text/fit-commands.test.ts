import { expect, test } from 'vitest'
import { fitCommands } from './fit-commands.ts'

const inDocker = (text: string): string => fitCommands(text, 'docker compose run --rm cli')

test.each([
  ['`ponte connect --tenant acme`', '`docker compose run --rm cli connect --tenant acme`'],
  [
    'Run ./ponte retry CODE, then ponte doctor.',
    'Run docker compose run --rm cli retry CODE, then docker compose run --rm cli doctor.',
  ],
  ['Usage: ponte [options] [command]', 'Usage: docker compose run --rm cli [options] [command]'],
  ['See `ponte --help`.', 'See `docker compose run --rm cli --help`.'],
])('a text that says %j fits the installation', (text, fitting) => {
  expect(inDocker(text)).toBe(fitting)
})

test.each(['docker compose run --rm cli', 'npm run ponte --', './ponte', 'ponte'])(
  'a text that fits %s already stays as it is',
  command => {
    const fitting = fitCommands('Run `ponte doctor`, then ponte --help.', command)
    expect(fitCommands(fitting, command)).toBe(fitting)
  },
)

test.each(['O Ponte espera: a ponte está em dia.', 'ponte doctors', 'wss-ponte doctor', 'ponte@demo.example'])(
  '%j names no command and stays as it is',
  text => {
    expect(inDocker(text)).toBe(text)
  },
)
